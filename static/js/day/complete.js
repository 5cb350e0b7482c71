// Completes a text that was used before, as a spreadsheet does: the added part is selected, so typing replaces it.
// The lines of this sheet come first, the last one before the others.

import { cellOf, gridOf, rowOf, root, rowsOf } from "./row.js";

const LOOKED_AT = 200;

function ownTexts(cell) {
  const row = rowOf(cell);
  const lines = rowsOf(gridOf(row)).slice(-LOOKED_AT).reverse();
  return lines.filter((line) => line !== row).map((line) => cellOf(line, cell.name).value);
}

export function completeFrom(offers) {
  root.addEventListener(
    "input",
    (event) => {
      const cell = event.target;
      if (!cell.matches("[data-completes]") || event.isComposing || !event.inputType?.startsWith("insert")) return;
      const text = cell.value;
      if (!text || cell.selectionStart !== text.length) return;
      const known = [...ownTexts(cell), ...(offers[gridOf(rowOf(cell)).dataset.grid].completed[cell.name] ?? [])];
      const whole = known.find((one) => one.toLowerCase().startsWith(text.toLowerCase()));
      if (!whole || whole.length === text.length) return;
      cell.value = whole;
      cell.setSelectionRange(text.length, whole.length);
    },
    true,
  );
}
