// Offers values to begin with: the lines of the day before, and in an empty line those of the line above.

import { addRow, setDefaults, cellOf, gridOf, isBlank, isRecord, rowOf, rowsOf, originalOf, cellsOf, root } from "./row.js";
import { focusRow } from "./keys.js";

// Lines of the day before without their quantities: a line is saved only once its quantity is typed.
function copy(grid, lines) {
  const copied = lines.map((values) => {
    const row = addRow(grid);
    row.classList.add("line--offered");
    setDefaults(row, values);
    return row;
  });
  // The empty line stays last.
  const empty = rowsOf(grid).find((row) => isBlank(row));
  if (empty) copied.at(-1)?.after(empty);
  if (copied[0]) focusRow(copied[0]);
}

export function copyFrom(offers) {
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    event.preventDefault();
    const grid = button.closest("[data-grid]");
    button.remove();
    copy(grid, offers[grid.dataset.grid].copies);
  });
}

function above(row) {
  const lines = rowsOf(gridOf(row));
  const before = lines.slice(0, lines.indexOf(row)).filter((one) => isRecord(one) || !isBlank(one));
  return before.at(-1) ?? null;
}

// An empty line that gets the focus begins with values of the line above; left unchanged, it is empty again.
export function fillFromAbove() {
  root.addEventListener("focusin", (event) => {
    const row = rowOf(event.target);
    if (!row || !event.target.matches("[data-cell]") || row.dataset.above || row.contains(event.relatedTarget)) return;
    const model = isBlank(row) && above(row);
    if (!model) return;
    row.dataset.above = JSON.stringify(Object.fromEntries(cellsOf(row).map((cell) => [cell.name, originalOf(cell)])));
    const names = gridOf(row).dataset.kept.split(" ").filter((name) => cellOf(row, name) && !cellOf(row, name).value);
    setDefaults(row, Object.fromEntries(names.map((name) => [name, cellOf(model, name).value])));
  });
  root.addEventListener("deskops:untouched", (event) => {
    const row = event.target;
    setDefaults(row, JSON.parse(row.dataset.above));
    delete row.dataset.above;
  }, true);
}
