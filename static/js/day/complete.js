// Completes a text that was used before, as a spreadsheet does: the added part is selected, so typing replaces it.

import { gridOf, rowOf, root } from "./row.js";

export function completeFrom(offers) {
  root.addEventListener("input", (event) => {
    const cell = event.target;
    if (!cell.matches("[data-completes]") || event.isComposing || !event.inputType?.startsWith("insert")) return;
    const text = cell.value;
    if (!text || cell.selectionStart !== text.length) return;
    const known = offers[gridOf(rowOf(cell)).dataset.grid].completed[cell.name] ?? [];
    const whole = known.find((one) => one.toLowerCase().startsWith(text.toLowerCase()));
    if (!whole || whole.length === text.length) return;
    cell.value = whole;
    cell.setSelectionRange(text.length, whole.length);
  }, true);
}
