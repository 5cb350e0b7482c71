// Where typing begins in a row and with which values, and what of a row is on the screen.

import { cellOf, cellsOf, gridOf, isBlank, isRecord, originalOf, root, rowOf, rowsOf, setDefaults } from "./row.js";

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

// --- An empty line begins with values of the line above; left unchanged, it is empty again.

export function lineAbove(row) {
  const lines = rowsOf(gridOf(row));
  const before = lines.slice(0, lines.indexOf(row)).filter((one) => isRecord(one) || !isBlank(one));
  return before.at(-1) ?? null;
}

function fillFromAbove(row) {
  if (row.dataset.above || !isBlank(row)) return;
  const model = lineAbove(row);
  if (!model) return;
  row.dataset.above = JSON.stringify(Object.fromEntries(cellsOf(row).map((cell) => [cell.name, originalOf(cell)])));
  const names = gridOf(row).dataset.kept.split(" ").filter((name) => cellOf(row, name) && !cellOf(row, name).value);
  setDefaults(row, Object.fromEntries(names.map((name) => [name, cellOf(model, name).value])));
}

root.addEventListener("focusin", (event) => {
  const row = rowOf(event.target);
  if (row && event.target.matches("[data-cell]") && !row.contains(event.relatedTarget)) fillFromAbove(row);
});

root.addEventListener(
  "deskops:untouched",
  (event) => {
    const row = event.target;
    setDefaults(row, JSON.parse(row.dataset.above));
    delete row.dataset.above;
  },
  true,
);
