// The keys of a spreadsheet, as far as they make sense on lines that are saved one by one.

import { addLine, cellOf, cellsOf, grids, gridOf, isBlank, isDirty, isRecord, lineOf, linesOf, originalOf, root, setValue } from "./row.js";
import { act, askToDelete, left, typed } from "./drafts.js";

let valueBefore = "";

function beside(line, by) {
  const lines = linesOf(gridOf(line));
  return lines[lines.indexOf(line) + by] ?? null;
}

const isUnnamed = (cell) => cell.hasAttribute("data-wanted") && !cell.value;

export function enter(line, name = "") {
  const cell = (name && cellOf(line, name)) || cellsOf(line).find(isUnnamed) || cellsOf(line)[0];
  cell.focus();
  cell.select?.();
}

function nextGrid(grid) {
  const all = grids();
  const next = all[all.indexOf(grid) + 1];
  if (!next) return null;
  return linesOf(next).find((line) => !isRecord(line)) ?? addLine(next);
}

function below(line) {
  const next = beside(line, 1);
  if (isBlank(line) && !next) return nextGrid(gridOf(line)) ?? line;
  return next ?? addLine(gridOf(line));
}

function move(event, line, by, name) {
  const next = by > 0 ? (beside(line, 1) ?? (isDirty(line) || isRecord(line) ? addLine(gridOf(line)) : null)) : beside(line, -1);
  event.preventDefault();
  if (next) enter(next, name);
}

function announce(cell) {
  for (const kind of ["input", "change"]) cell.dispatchEvent(new Event(kind, { bubbles: true }));
}

function putBack(event, line, cell) {
  if (line.dataset.state === "deleting") act(line, "keep");
  else if (cell.value !== valueBefore) {
    setValue(cell, valueBefore);
    announce(cell);
  } else if (isDirty(line)) {
    for (const one of cellsOf(line)) setValue(one, originalOf(one));
    typed(line);
  } else return;
  event.preventDefault();
}

function takeFromAbove(line, cell) {
  const above = beside(line, -1);
  if (!above) return;
  setValue(cell, cellOf(above, cell.name).value);
  announce(cell);
}

// Ctrl+Enter says yes to whatever is asked: where one is, else in the first line that asks.
function sayYes(line) {
  const asking = line?.dataset.state === "asks" ? line : !line || line.dataset.state !== "typing" ? root.querySelector("tbody[data-state=asks]") : null;
  if (asking) act(asking, "confirm");
  else if (line && gridOf(line).querySelector("tbody[data-state=pasted]")) gridOf(line).querySelector("[data-save-pasted]").click();
  else if (line) left(line);
}

function pressed(event, line, cell) {
  const isChoice = cell.matches("select");
  const control = event.ctrlKey || event.metaKey;
  if (event.key === "Enter" && !control && !event.altKey) {
    event.preventDefault();
    enter(event.shiftKey ? (beside(line, -1) ?? line) : below(line));
  } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && (event.altKey || !isChoice) && !control) {
    move(event, line, event.key === "ArrowDown" ? 1 : -1, cell.name);
  } else if (event.key === "Escape") {
    putBack(event, line, cell);
  } else if (control && (event.key === "Delete" || event.key === "Backspace")) {
    event.preventDefault();
    askToDelete(line);
  } else if (control && event.key.toLowerCase() === "d") {
    event.preventDefault();
    takeFromAbove(line, cell);
  }
}

root.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  const line = lineOf(event.target);
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
    event.preventDefault();
    sayYes(line);
  } else if (event.altKey && event.code === "KeyY") {
    event.preventDefault();
    (gridOf(line ?? root.querySelector("tbody[data-line]")).querySelector("[data-copy]") ?? root.querySelector("[data-copy]"))?.click();
  } else if (line && event.target.matches("[data-cell]")) {
    pressed(event, line, event.target);
  } else if (line && event.key === "Escape" && line.dataset.state === "deleting") {
    act(line, "keep");
  }
});

root.addEventListener("focusin", (event) => {
  if (event.target.matches("[data-cell]")) valueBefore = event.target.value;
});
