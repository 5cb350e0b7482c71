// Several lines at once: Shift with the arrows or a click selects them, as does the mouse that is drawn over them; they are
// changed, filled down, copied or deleted together.

import { discard, edited, leave } from "./drafts.js";
import { focusRow } from "./focus.js";
import { whyNotDone } from "./problems.js";
import { exchange } from "./outbox.js";
import { cellOf, cellsOf, gridOf, isBlank, isDirty, isRecord, message, root, rowOf, rowsOf, setValue, valuesOf } from "./row.js";
import { tableOf } from "./spreadsheet.js";
import { dayOf, person } from "./store.js";
import { applyDone, remember } from "./undo.js";

const bar = document.getElementById("selection");
const text = bar?.querySelector("[data-text]");
const problem = bar?.querySelector("[data-problem]");
const fields = bar?.querySelector("[data-field]");
const values = bar?.querySelector("[data-value]");
const day = dayOf({ site: Number(root.dataset.site), date: root.dataset.date });
let anchor = null;
let rows = [];
let pending = null;
let copied = { text: "", columns: [] };

const isSelected = (row) => rows.includes(row);
const inputOf = (name) => cellOf(gridOf(rows[0]).querySelector("template[data-new]").content.firstElementChild, name);

// A date is no cell of the sheet, all else is.
function showValueInput() {
  const name = fields.value;
  const input = name === "date" ? document.createElement("input") : inputOf(name).cloneNode(true);
  if (name === "date") {
    input.type = "date";
    input.value = root.dataset.date;
  }
  for (const attribute of ["id", "form", "name", "data-cell", "data-needed", "data-completes", "data-unique"]) input.removeAttribute(attribute);
  input.setAttribute("aria-label", fields.selectedOptions[0].text);
  input.tabIndex = 0;
  values.replaceChildren(input);
}

function show() {
  for (const row of root.querySelectorAll("tbody[data-selected]")) if (!isSelected(row)) delete row.dataset.selected;
  for (const row of rows) row.dataset.selected = "";
  bar.hidden = rows.length < 2;
  pending = null;
  problem.textContent = "";
  bar.querySelector("[data-act=confirm]").hidden = true;
  if (bar.hidden) return;
  text.textContent = message("selected", { n: rows.length });
  const slug = gridOf(rows[0]).dataset.grid;
  if (fields.dataset.grid === slug) return;
  fields.dataset.grid = slug;
  const cells = cellsOf(gridOf(rows[0]).querySelector("template[data-new]").content.firstElementChild);
  fields.replaceChildren(...cells.filter((cell) => !cell.matches("[data-unique]")).map((cell) => new Option(cell.getAttribute("aria-label"), cell.name)));
  fields.append(new Option(message("date"), "date"));
  showValueInput();
}

export function clear() {
  anchor = null;
  rows = [];
  if (bar) show();
}

const linesOf = (grid) => rowsOf(grid).filter((line) => isRecord(line) || !isBlank(line));

// Select the lines from the anchor to a row of the same grid. Returns whether there are some.
function selectTo(row) {
  const lines = linesOf(gridOf(row));
  if (!lines.includes(row) || !lines.includes(anchor)) return false;
  const [first, last] = [lines.indexOf(anchor), lines.indexOf(row)].sort((one, other) => one - other);
  rows = lines.slice(first, last + 1);
  show();
  return true;
}

function extend(row, by) {
  const lines = linesOf(gridOf(row));
  if (!anchor?.isConnected || gridOf(anchor) !== gridOf(row)) anchor = row;
  const next = lines[lines.indexOf(row) + by];
  return lines.includes(row) && next && selectTo(next) ? next : null;
}

const textOf = (cell) => (cell.matches("select") ? cell.value && (cell.selectedOptions[0]?.text ?? "") : cell.value || cell.placeholder.replace("≈ ", "")).trim();

// The selected lines as a spreadsheet takes them. Pasted into another grid, each column finds its own.
function copyLines() {
  copied = { text: tableOf(rows.map((row) => cellsOf(row).map(textOf))), columns: cellsOf(rows[0]).map((cell) => cell.name) };
  return copied.text;
}

export const columnsOfCopied = (text) => (text.replace(/\r\n?/g, "\n").trimEnd() === copied.text.trimEnd() ? copied.columns : null);

// Lines that are not saved are changed here, saved ones by the portal: all of them or none.
function changeHere(lines, name, value) {
  for (const row of lines.filter((line) => valuesOf(line)[name] !== value)) {
    setValue(cellOf(row, name), value);
    edited(row);
    if (!row.contains(document.activeElement)) leave(row);
  }
}

async function change({ name, value }, confirmed = "") {
  const saved = rows.filter(isRecord);
  const others = rows.filter((row) => !isRecord(row));
  if (saved.some((row) => isDirty(row))) {
    problem.textContent = message("selectionDirty");
    return;
  }
  if (name === "date" && others.length) {
    problem.textContent = message("selectionUnsaved");
    return;
  }
  if (saved.length) {
    const slug = gridOf(saved[0]).dataset.grid;
    const versions = Object.fromEntries(saved.map((row) => [row.dataset.record, Number(row.dataset.version)]));
    const body = { person, rows: JSON.stringify(versions), ...(name ? { field: name, value } : {}), ...(confirmed ? { confirmed } : {}) };
    const answer = await exchange(`${day}${slug}/selection/`, body);
    if (answer.state !== "done") {
      problem.textContent = whyNotDone(answer);
      pending = answer.state === "asks" ? { name, value, confirmed: answer.confirmation } : null;
      const again = bar.querySelector("[data-act=confirm]");
      again.hidden = !pending;
      if (pending) again.focus();
      return;
    }
    applyDone(answer);
    remember({ did: name ? "changed" : "deleted", acts: answer.acts, count: saved.length });
  }
  if (name) changeHere(others, name, value);
  else others.forEach(discard);
  const next = rows.find((row) => row.isConnected);
  clear();
  if (next) focusRow(next);
}

function askToDelete() {
  problem.textContent = message("deleteSelected", { n: rows.length });
  pending = { name: "", value: "", confirmed: "" };
  const again = bar.querySelector("[data-act=confirm]");
  again.hidden = false;
  again.focus();
}

// The value of the first selected line goes to the others.
export function fillDown(cell) {
  if (rows.length < 2 || !isSelected(rowOf(cell))) return false;
  change({ name: cell.name, value: valuesOf(rows[0])[cell.name] });
  return true;
}

root.addEventListener("keydown", (event) => {
  const row = rowOf(event.target);
  const isInBar = bar?.contains(event.target);
  if (!bar || (!row && !isInBar)) return;
  const control = event.ctrlKey || event.metaKey;
  if (row && event.shiftKey && !control && !event.altKey && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    event.stopImmediatePropagation();
    const next = extend(row, event.key === "ArrowDown" ? 1 : -1);
    if (next) (cellOf(next, event.target.name) ?? cellsOf(next)[0]).focus();
  } else if (rows.length > 1 && event.key === "Escape") {
    event.preventDefault();
    event.stopImmediatePropagation();
    const first = rows[0];
    clear();
    focusRow(first);
  } else if (rows.length > 1 && row && control && (event.key === "Delete" || event.key === "Backspace")) {
    event.preventDefault();
    event.stopImmediatePropagation();
    askToDelete();
  }
}, true);

root.addEventListener("copy", (event) => {
  const row = rowOf(event.target);
  if (!row || rows.length < 2 || !isSelected(row)) return;
  event.preventDefault();
  event.clipboardData.setData("text/plain", copyLines());
});

// The line on which a button of the mouse was pressed, while it is held.
let drawnFrom = null;

// A click ends the selection; with Shift it goes from the line of the focus to the line that is clicked.
root.addEventListener("pointerdown", (event) => {
  if (!bar || bar.contains(event.target)) return;
  const row = rowOf(event.target);
  const focused = rowOf(document.activeElement);
  if (event.shiftKey && row && focused && row !== focused) {
    event.preventDefault();
    anchor ??= focused;
    selectTo(row);
    return;
  }
  if (rows.length) clear();
  drawnFrom = event.pointerType === "mouse" && event.button === 0 ? row : null;
});
root.addEventListener("pointerover", (event) => {
  const row = drawnFrom && event.buttons & 1 ? rowOf(event.target) : null;
  if (!row || (row === drawnFrom && !rows.length)) return;
  anchor = drawnFrom;
  // The mouse draws over lines, not over the text of the first one.
  if (selectTo(row)) getSelection().removeAllRanges();
});
document.addEventListener("pointerup", () => {
  drawnFrom = null;
});
// The button is over another line than it was pressed on: that is no click on either.
root.addEventListener("mousedown", (event) => event.shiftKey && rows.length > 1 && rowOf(event.target) && event.preventDefault());
root.addEventListener("input", (event) => {
  if (rows.length && event.target.matches("[data-cell]") && event.isTrusted) clear();
});

fields?.addEventListener("change", showValueInput);
bar?.addEventListener("click", (event) => {
  const act = event.target.closest("[data-act]")?.dataset.act;
  if (act === "change") change({ name: fields.value, value: values.firstElementChild.value });
  else if (act === "delete") askToDelete();
  else if (act === "copy") navigator.clipboard?.writeText(copyLines());
  else if (act === "confirm" && pending) change(pending, pending.confirmed);
  else if (act === "clear") clear();
});
