// Offers the lines of the day before to begin with.

import { addRow, isBlank, root, rowsOf, setDefaults } from "./row.js";
import { focusRow } from "./focus.js";

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
