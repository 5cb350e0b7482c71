// An empty line begins with values of the line above; left unchanged, it is empty again.

import { cellOf, cellsOf, gridOf, isBlank, isRecord, originalOf, root, rowOf, rowsOf, setDefaults } from "./row.js";

export function lineAbove(row) {
  const lines = rowsOf(gridOf(row));
  const before = lines.slice(0, lines.indexOf(row)).filter((one) => isRecord(one) || !isBlank(one));
  return before.at(-1) ?? null;
}

export function fillFromAbove(row) {
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
