// Where typing begins in a row, and what of a row is on the screen.

import { fillFromAbove } from "./above.js";
import { cellOf, cellsOf, gridOf, isBlank } from "./row.js";

const isMissing = (cell) => cell.hasAttribute("data-needed") && !cell.value;

export function focusCell(cell) {
  cell.focus();
  cell.select?.();
}

// Where typing begins: what is missing, or in an empty line also what this site usually changes from line to line.
function firstCell(row) {
  const { starts } = gridOf(row).dataset;
  const isNew = isBlank(row);
  const missing = cellsOf(row).find(isMissing);
  fillFromAbove(row);
  const cell = isNew && starts ? cellsOf(row).find((one) => one.name === starts || isMissing(one)) : missing;
  return cell ?? cellsOf(row).find((one) => one.tabIndex >= 0);
}

export function focusRow(row, name = "") {
  focusCell((name && cellOf(row, name)) || firstCell(row));
}

// Whether all of an element is on the screen: not behind the header or the foot, nor behind the keyboard of a phone.
export function isInView(element) {
  const { left, right, top, bottom } = element.getBoundingClientRect();
  const screen = window.visualViewport;
  if (screen && (top < screen.offsetTop || bottom > screen.offsetTop + screen.height + 1)) return false;
  const middle = (left + right) / 2;
  return [top + 2, bottom - 2].every((height) => element.contains(document.elementFromPoint(middle, height)));
}
