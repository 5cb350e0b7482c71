// What is offered to begin from: the lines of the day before, and in an empty line what stands above it.

import { addLine, beginFrom, cellOf, gridOf, isBlank, isRecord, lineOf, linesOf, originalOf, cellsOf, root } from "./row.js";
import { enter } from "./keys.js";

// Lines as they were the day before, without what was counted or weighed: nothing of them is saved until that is typed.
function copy(grid, lines) {
  const made = lines.map((values) => {
    const line = addLine(grid);
    line.classList.add("line--offered");
    beginFrom(line, values);
    return line;
  });
  // The empty line stays the last one.
  const empty = linesOf(grid).find((line) => isBlank(line));
  if (empty) made.at(-1)?.after(empty);
  if (made[0]) enter(made[0]);
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

function above(line) {
  const lines = linesOf(gridOf(line));
  const before = lines.slice(0, lines.indexOf(line)).filter((one) => isRecord(one) || !isBlank(one));
  return before.at(-1) ?? null;
}

// Coming into an empty line, it begins with what stands above it; left untouched, it is empty again.
export function keepFromAbove() {
  root.addEventListener("focusin", (event) => {
    const line = lineOf(event.target);
    if (!line || !event.target.matches("[data-cell]") || line.dataset.above || line.contains(event.relatedTarget)) return;
    const model = isBlank(line) && above(line);
    if (!model) return;
    line.dataset.above = JSON.stringify(Object.fromEntries(cellsOf(line).map((cell) => [cell.name, originalOf(cell)])));
    const names = gridOf(line).dataset.kept.split(" ").filter((name) => cellOf(line, name) && !cellOf(line, name).value);
    beginFrom(line, Object.fromEntries(names.map((name) => [name, cellOf(model, name).value])));
  });
  root.addEventListener("deskops:untouched", (event) => {
    const line = event.target;
    beginFrom(line, JSON.parse(line.dataset.above));
    delete line.dataset.above;
  }, true);
}
