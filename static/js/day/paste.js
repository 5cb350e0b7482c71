// Turns a block of cells from a spreadsheet into lines, which are saved when the person confirms them.

import { addRow, cellOf, cellsOf, gridOf, isBlank, isRecord, rowOf, rowsOf, fillList, markInvalid, root, message, setValue, showMessage, valuesOf } from "./row.js";
import { discard, edited, send } from "./drafts.js";
import { named } from "./choose.js";
import { focusRow } from "./keys.js";
import { post } from "./outbox.js";
import { person } from "./store.js";

const MAX_ROWS = 500;
const fold = (text) => text.trim().toLowerCase();

// Cells of a spreadsheet as text: tabs between, quotes around what holds a tab, a quote or a new row.
export function cellsIn(text) {
  const rows = [[""]];
  let quoted = false;
  const clean = text.replace(/\r\n?/g, "\n");
  for (let at = 0; at < clean.length; at += 1) {
    const sign = clean[at];
    const row = rows.at(-1);
    if (quoted && sign === '"' && clean[at + 1] === '"') {
      row[row.length - 1] += '"';
      at += 1;
    } else if (sign === '"' && (quoted || row.at(-1) === "")) quoted = !quoted;
    else if (!quoted && sign === "\t") row.push("");
    else if (!quoted && sign === "\n") rows.push([""]);
    else row[row.length - 1] += sign;
  }
  return rows.filter((row) => row.some((cell) => cell.trim()));
}

// Find the column of each pasted one: by its heading if the first row has any, else from the target cell on.
function columnsOf(grid, rows, cell) {
  const headings = [...grid.querySelectorAll("thead [data-headings]")].map((heading) => heading.dataset.headings.split("|").map(fold));
  const names = cellsOf(grid.querySelector("template[data-new]").content.firstElementChild).map((one) => one.name);
  const byHeading = rows[0].map((text) => {
    const known = headings.find((words) => words.includes(fold(text).replace(/[,(].*$/, "").trim()));
    return known ? known.find((word) => names.includes(word)) : /^date|day$/i.test(text.trim()) ? "date" : null;
  });
  const headingCount = byHeading.filter(Boolean).length;
  if (headingCount >= 2 || (headingCount === 1 && rows[0].length === 1 && rows.length > 1)) return { columns: byHeading, lines: rows.slice(1) };
  const from = names.indexOf(cell.name);
  return { columns: names.slice(from), lines: rows };
}

// The date formats that a spreadsheet may use.
function datesOfThisDay() {
  const [year, month, day] = root.dataset.date.split("-");
  return [root.dataset.date, `${day}/${month}/${year}`, `${month}/${day}/${year}`, `${day}.${month}.${year}`];
}

function fill(row, columns, texts) {
  const invalid = [];
  const messages = [];
  const otherDate = [];
  const dates = datesOfThisDay();
  columns.forEach((name, index) => {
    const text = (texts[index] ?? "").trim();
    if (name === "date" && text && !dates.includes(text)) otherDate.push(message("otherDate", { text }));
    const cell = name && name !== "date" && cellOf(row, name);
    if (!cell || !text) return;
    if (!cell.matches("select")) {
      setValue(cell, text);
      return;
    }
    const option = named(cell, text);
    setValue(cell, option ? option.value : text);
    if (!option) {
      invalid.push(name);
      messages.push(`${cell.getAttribute("aria-label")}: ${message("notAChoice", { text })}`);
    }
  });
  row.dataset.state = "pasted";
  if (otherDate.length) row.dataset.otherDate = otherDate[0];
  edited(row);
  mark(row, invalid, [...otherDate, ...messages]);
  return otherDate;
}

function mark(row, invalid, messages) {
  if (!messages.length) return;
  markInvalid(row, invalid);
  showMessage(row, row.dataset.otherDate ? "other-date" : "errors", (content) => fillList(content, messages));
}

// Check the lines by the portal's rules without saving; without a connection they are checked when they are saved.
async function check(grid, pasted) {
  const body = { person, lines: JSON.stringify(pasted.map(({ row }) => valuesOf(row))) };
  const response = await post(`${grid.dataset.address}check/`, body);
  for (const [index, errors] of (response.lines ?? []).entries()) {
    const { row, otherDate } = pasted[index];
    if (row.dataset.state === "pasted") mark(row, errors.invalid, [...otherDate, ...errors.messages]);
  }
}

const pastedIn = (grid) => [...grid.querySelectorAll("tbody[data-state=pasted]")];
// A line with the date of another day is saved on this one only when the person chooses so for the line.
const ofThisDay = (grid) => pastedIn(grid).filter((row) => !row.dataset.otherDate);

export function showPasted(grid) {
  const count = pastedIn(grid).length;
  const bar = grid.querySelector("[data-pasted]");
  if (!bar) return;
  bar.hidden = !count;
  const number = count === 1 ? "one" : "some";
  bar.querySelector("[data-pasted-text]").textContent = message(`${number}Pasted`, { n: count });
  const saved = ofThisDay(grid).length;
  bar.querySelector("[data-save-pasted]").hidden = !saved;
  bar.querySelector("[data-save-pasted]").textContent = message(saved === 1 ? "saveOne" : "saveSome", { n: saved });
}

root.addEventListener("paste", (event) => {
  const row = rowOf(event.target);
  const text = event.clipboardData?.getData("text/plain") ?? "";
  if (!row || !event.target.matches("[data-cell]") || !/[\t\n]/.test(text.replace(/\s+$/, ""))) return;
  event.preventDefault();
  const grid = gridOf(row);
  const { columns, lines } = columnsOf(grid, cellsIn(text).slice(0, MAX_ROWS), event.target);
  // Saved lines are never pasted over.
  let place = isRecord(row) ? null : row;
  const pasted = lines.map((texts) => {
    const here = place ?? rowsOf(grid).find((one) => isBlank(one)) ?? addRow(grid);
    place = null;
    return { row: here, otherDate: fill(here, columns, texts) };
  });
  showPasted(grid);
  if (pasted[0]) focusRow(pasted[0].row);
  check(grid, pasted).catch(() => {});
});

root.addEventListener("click", (event) => {
  const grid = event.target.closest("[data-grid]");
  if (event.target.closest("[data-save-pasted]")) for (const row of ofThisDay(grid)) send(row);
  else if (event.target.closest("[data-drop-pasted]")) for (const row of pastedIn(grid)) discard(row);
  else return;
  showPasted(grid);
  focusRow(rowsOf(grid).find((row) => isBlank(row)) ?? addRow(grid));
});
