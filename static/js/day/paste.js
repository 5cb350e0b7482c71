// A block of cells from a spreadsheet becomes lines that are looked at first, and saved when one says so.

import { addLine, cellOf, cellsOf, gridOf, isBlank, isRecord, lineOf, linesOf, listInto, markWrong, root, say, setValue, tell, valuesOf } from "./row.js";
import { discard, send, typed } from "./drafts.js";
import { named } from "./choose.js";
import { enter } from "./keys.js";
import { post } from "./outbox.js";
import { person } from "./store.js";

const MOST = 500;
const fold = (text) => text.trim().toLowerCase();

// Cells of a spreadsheet as text: tabs between, quotes around what holds a tab, a quote or a new line.
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

// Which column each pasted one is: by its heading if the first row has any, else from the cell that was pasted into.
function columnsOf(grid, rows, cell) {
  const heads = [...grid.querySelectorAll("thead [data-heads]")].map((head) => head.dataset.heads.split("|").map(fold));
  const names = cellsOf(grid.querySelector("template[data-new]").content.firstElementChild).map((one) => one.name);
  const byHead = rows[0].map((text) => {
    const known = heads.find((words) => words.includes(fold(text).replace(/[,(].*$/, "").trim()));
    return known ? known.find((word) => names.includes(word)) : /^date|day$/i.test(text.trim()) ? "date" : null;
  });
  const headed = byHead.filter(Boolean).length;
  if (headed >= 2 || (headed === 1 && rows[0].length === 1 && rows.length > 1)) return { columns: byHead, lines: rows.slice(1) };
  const from = names.indexOf(cell.name);
  return { columns: names.slice(from), lines: rows };
}

// A spreadsheet may show the day of this sheet in any of these ways.
function datesOfThisDay() {
  const [year, month, day] = root.dataset.date.split("-");
  return [root.dataset.date, `${day}/${month}/${year}`, `${month}/${day}/${year}`, `${day}.${month}.${year}`];
}

function fill(line, columns, texts) {
  const wrong = [];
  const told = [];
  const otherDate = [];
  const dates = datesOfThisDay();
  columns.forEach((name, index) => {
    const text = (texts[index] ?? "").trim();
    if (name === "date" && text && !dates.includes(text)) otherDate.push(say("otherDate", { text }));
    const cell = name && name !== "date" && cellOf(line, name);
    if (!cell || !text) return;
    if (!cell.matches("select")) {
      // A thousands separator is how a spreadsheet shows a number, not part of it.
      setValue(cell, cell.inputMode && /^\d{1,3}(,\d{3})+(\.\d+)?$/.test(text) ? text.replaceAll(",", "") : text);
      return;
    }
    const option = named(cell, text);
    setValue(cell, option ? option.value : text);
    if (!option) {
      wrong.push(name);
      told.push(`${cell.getAttribute("aria-label")}: ${say("notAChoice", { text })}`);
    }
  });
  line.dataset.state = "pasted";
  typed(line);
  mark(line, wrong, [...otherDate, ...told]);
  return otherDate;
}

function mark(line, wrong, told) {
  if (!told.length) return;
  markWrong(line, wrong);
  tell(line, "told", (said) => listInto(said, told));
}

// The portal's own rules, asked without saving anything; without a connection they are met when the lines are saved.
async function check(grid, made) {
  const body = { person, lines: JSON.stringify(made.map(({ line }) => valuesOf(line))) };
  const answer = await post(`${grid.dataset.address}check/`, body);
  for (const [index, said] of (answer.lines ?? []).entries()) {
    const { line, otherDate } = made[index];
    if (line.dataset.state === "pasted") mark(line, said.wrong, [...otherDate, ...said.told]);
  }
}

const pastedIn = (grid) => [...grid.querySelectorAll("tbody[data-state=pasted]")];

export function showPasted(grid) {
  const count = pastedIn(grid).length;
  const bar = grid.querySelector("[data-pasted]");
  if (!bar) return;
  bar.hidden = !count;
  const number = count === 1 ? "one" : "some";
  bar.querySelector("[data-pasted-told]").textContent = say(`${number}Pasted`, { n: count });
  bar.querySelector("[data-save-pasted]").textContent = say(count === 1 ? "saveOne" : "saveSome", { n: count });
}

root.addEventListener("paste", (event) => {
  const line = lineOf(event.target);
  const text = event.clipboardData?.getData("text/plain") ?? "";
  if (!line || !event.target.matches("[data-cell]") || !/[\t\n]/.test(text.replace(/\s+$/, ""))) return;
  event.preventDefault();
  const grid = gridOf(line);
  const { columns, lines } = columnsOf(grid, cellsIn(text).slice(0, MOST), event.target);
  // What is saved already is never pasted over.
  let place = isRecord(line) ? null : line;
  const made = lines.map((texts) => {
    const here = place ?? linesOf(grid).find((one) => isBlank(one)) ?? addLine(grid);
    place = null;
    return { line: here, otherDate: fill(here, columns, texts) };
  });
  showPasted(grid);
  if (made[0]) enter(made[0].line);
  check(grid, made).catch(() => {});
});

root.addEventListener("click", (event) => {
  const grid = event.target.closest("[data-grid]");
  if (event.target.closest("[data-save-pasted]")) for (const line of pastedIn(grid)) send(line);
  else if (event.target.closest("[data-drop-pasted]")) for (const line of pastedIn(grid)) discard(line);
  else return;
  showPasted(grid);
  enter(linesOf(grid).find((line) => isBlank(line)) ?? addLine(grid));
});
