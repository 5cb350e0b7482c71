// The keyboard shortcuts of a spreadsheet, for lines that are saved one by one.

import { addRow, cellOf, cellsOf, gridOf, grids, isBlank, isDirty, isRecord, originalOf, root, rowOf, rowsOf, setValue, takesLines, valuesOf } from "./row.js";
import { showWarnings } from "./confirm-all.js";
import { focusCell, focusRow, isInView, lineAbove } from "./focus.js";
import { fillDown } from "./selection.js";
import { workOutSums } from "./sums.js";
import { askToDelete, edited, leave, runAction } from "./drafts.js";

let valueBefore = "";

function neighbour(row, by) {
  const lines = rowsOf(gridOf(row));
  return lines[lines.indexOf(row) + by] ?? null;
}

function nextGrid(grid) {
  const all = grids();
  const next = all.slice(all.indexOf(grid) + 1).find(takesLines);
  if (!next) return null;
  return rowsOf(next).find((row) => !isRecord(row)) ?? addRow(next);
}

function rowBelow(row) {
  const next = neighbour(row, 1);
  if (!next && (isBlank(row) || !takesLines(gridOf(row)))) return nextGrid(gridOf(row)) ?? row;
  return next ?? addRow(gridOf(row));
}

function move(event, row, by, name) {
  const next = by > 0 ? (neighbour(row, 1) ?? (takesLines(gridOf(row)) && (isDirty(row) || isRecord(row)) ? addRow(gridOf(row)) : null)) : neighbour(row, -1);
  event.preventDefault();
  if (next) focusRow(next, name);
}

function dispatchInput(cell) {
  for (const kind of ["input", "change"]) cell.dispatchEvent(new Event(kind, { bubbles: true }));
}

function undo(event, row, cell) {
  if (row.dataset.state === "deleting") runAction(row, "keep");
  else if (cell.value !== valueBefore) {
    setValue(cell, valueBefore);
    dispatchInput(cell);
  } else if (isDirty(row)) {
    for (const one of cellsOf(row)) setValue(one, originalOf(one));
    edited(row);
  } else return;
  event.preventDefault();
}

// In an empty line all of the line above, but for a text that each line has of its own.
function duplicate(row) {
  const above = lineAbove(row);
  if (!above) return;
  const own = cellsOf(row).filter((cell) => cell.matches("[data-unique]"));
  const values = valuesOf(above);
  for (const cell of cellsOf(row)) if (!own.includes(cell)) setValue(cell, values[cell.name]);
  edited(row);
  focusCell(own[0] ?? cellsOf(row).find((cell) => cell.matches("[data-needed]")) ?? cellsOf(row)[0]);
}

function copyFromAbove(row, cell) {
  if (isBlank(row)) {
    duplicate(row);
    return;
  }
  const above = neighbour(row, -1);
  if (!above) return;
  setValue(cell, valuesOf(above)[cell.name]);
  dispatchInput(cell);
}

// Confirm only what is on the screen and has the focus: the first press leads there, the next one confirms.
function confirm(row) {
  const asking = row?.dataset.state === "asks" ? row : !row || row.dataset.state !== "typing" ? root.querySelector("tbody[data-state=asks]") : null;
  const bar = row && gridOf(row).querySelector("[data-pasted]:has([data-save-pasted]:not([hidden])):not([hidden])");
  if (asking && showWarnings(asking)) return;
  if (asking) confirmWarning(asking, row);
  else if (bar && !isInView(bar)) {
    bar.querySelector("[data-save-pasted]").focus();
    bar.scrollIntoView({ block: "center" });
  } else if (bar) bar.querySelector("[data-save-pasted]").click();
  else if (row) leave(row);
}

function confirmWarning(asking, row) {
  const warning = asking.querySelector(".line__message");
  if (asking === row && isInView(warning) && isInView(document.activeElement)) {
    runAction(asking, "confirm");
    return;
  }
  focusRow(asking);
  warning.scrollIntoView({ block: "center" });
}

// Move to the next or previous cell, also to one that Tab skips: from a choice, or from the end of a text.
function moveAside(event, row, cell) {
  const isText = !cell.matches("select");
  const forward = event.key === (document.dir === "rtl" ? "ArrowLeft" : "ArrowRight");
  const edge = forward ? cell.value.length : 0;
  const isAll = isText && cell.value && cell.selectionStart === 0 && cell.selectionEnd === cell.value.length;
  if (isText && !isAll && (cell.selectionStart !== edge || cell.selectionEnd !== edge)) return;
  const cells = cellsOf(row);
  const next = cells[cells.indexOf(cell) + (forward ? 1 : -1)];
  if (!next) return;
  event.preventDefault();
  focusCell(next);
}

function handleKey(event, row, cell) {
  const isChoice = cell.matches("select");
  const control = event.ctrlKey || event.metaKey;
  if (event.key === "Enter" && event.altKey && cell.matches("textarea")) {
    // A new line of the text, as in a spreadsheet.
    event.preventDefault();
    cell.setRangeText("\n", cell.selectionStart, cell.selectionEnd, "end");
    dispatchInput(cell);
  } else if (event.key === "Enter" && !control && !event.altKey) {
    event.preventDefault();
    focusRow(event.shiftKey ? (neighbour(row, -1) ?? row) : rowBelow(row));
  } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && (event.altKey || !isChoice) && !control) {
    move(event, row, event.key === "ArrowDown" ? 1 : -1, cell.name);
  } else if ((event.key === "ArrowLeft" || event.key === "ArrowRight") && !control && !event.altKey && !event.shiftKey) {
    moveAside(event, row, cell);
  } else if (event.key === "Escape") {
    undo(event, row, cell);
  } else if (control && (event.key === "Delete" || event.key === "Backspace")) {
    event.preventDefault();
    askToDelete(row);
  } else if (control && event.key.toLowerCase() === "d") {
    event.preventDefault();
    workOutSums(row);
    if (!fillDown(cell)) copyFromAbove(row, cell);
  }
}

const isOnSheet = (element) => root.contains(element) || element === document.body || element.id === "main";

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.defaultPrevented || !isOnSheet(event.target)) return;
  const row = rowOf(event.target);
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
    event.preventDefault();
    if (row) workOutSums(row);
    if (event.target.matches("[data-save-pasted]")) event.target.click();
    else confirm(row);
  } else if (event.altKey && event.code === "KeyY") {
    event.preventDefault();
    ((row && gridOf(row).querySelector("[data-copy]")) ?? root.querySelector("[data-copy]"))?.click();
  } else if (row && event.target.matches("[data-cell]")) {
    handleKey(event, row, event.target);
  } else if (row && event.key === "Escape" && row.dataset.state === "deleting") {
    runAction(row, "keep");
  }
});

root.addEventListener("focusin", (event) => {
  if (event.target.matches("[data-cell]")) valueBefore = event.target.value;
});
