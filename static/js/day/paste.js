// Turns a block of cells from a spreadsheet into lines, which are saved when the person confirms them.

import { addRow, addRows, cellsOf, ensureEmptyRow, gridOf, isBlank, isRecord, message, originalOf, root, rowOf, rowOfUid, rowsOf, valuesOf } from "./row.js";
import { discard, isHere, newEntry, showKept } from "./drafts.js";
import { moveTo } from "./cannot-send.js";
import { cellsIn, datesOf, isTotal } from "./spreadsheet.js";
import { fold, namesOf } from "./choose.js";
import { showAlike } from "./alike.js";
import { focusRow } from "./focus.js";
import { flush, post } from "./outbox.js";
import { all, dayOf, drop, get, listen, newId, nextPlace, person, put, putQuietly } from "./store.js";

const MAX_ROWS = 5_000;
const CHECKED_AT_ONCE = 500;
// So many pasted lines have a row of the page: thousands of inputs take the browser minutes.
const SHOWN = 60;

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

// What a line of texts means: its values, its own date, and what is wrong with it; the rest is the portal's check.
function lineOf(columns, texts, { base, choices, labels, dates }) {
  const line = { values: { ...base }, shown: texts.map((text) => text.trim()).filter(Boolean).join(" · ") };
  const invalid = [];
  const messages = [];
  columns.forEach((name, index) => {
    const text = (texts[index] ?? "").trim();
    if (name === "date" && text && dates.get(text) !== root.dataset.date) {
      line.otherDate = message("otherDate", { text });
      line.ownDate = dates.get(text) ?? undefined;
    }
    if (!text || !(name in base)) return;
    const value = choices.has(name) ? choices.get(name).get(fold(text)) : text;
    line.values[name] = value ?? text;
    if (value !== undefined) return;
    invalid.push(name);
    messages.push(`${labels.get(name)}: ${message("notAChoice", { text })}`);
  });
  if (messages.length) line.wrong = { invalid, messages };
  return line;
}

const isIn = (grid) => (entry) => entry.module === grid.dataset.grid && entry.state === "pasted" && isHere(entry);
const pastedIn = (grid) => all().filter(isIn(grid));
// A line with the date of another day is saved only when the person chooses where.
const ofThisDay = (entries) => entries.filter((entry) => !entry.otherDate && !entry.wrong);
const ofOtherDays = (entries) => entries.filter((entry) => entry.otherDate);
const withOwnDay = (entries) => entries.filter((entry) => entry.ownDate && !entry.closedThere && !entry.wrong);

// Check the lines by the portal's rules without saving; without a connection they are checked when they are saved.
async function check(grid, entries) {
  for (let from = 0; from < entries.length; from += CHECKED_AT_ONCE) {
    const part = entries.slice(from, from + CHECKED_AT_ONCE);
    const sent = part.map(({ values, ownDate }) => (ownDate ? { ...values, date: ownDate } : values));
    const address = `${dayOf({ site: Number(root.dataset.site), date: root.dataset.date })}${grid.dataset.grid}/check/`;
    const answer = await post(address, { person, lines: JSON.stringify(sent) });
    for (const [index, { invalid, messages, closed }] of (answer.lines ?? []).entries()) {
      const now = get(part[index].uid);
      // What was corrected since is checked when it is saved.
      if (now?.state !== "pasted" || JSON.stringify(now.values) !== JSON.stringify(part[index].values)) continue;
      if (messages.length || closed) put({ ...now, closedThere: closed || undefined, wrong: messages.length ? { invalid, messages } : undefined });
    }
    showPasted(grid);
  }
}

const counted = (name, n, values = {}) => message(`${n === 1 ? "one" : "some"}${name}`, { n, ...values });

// A few of many lines are shown, those with errors before the others; the rest waits behind them.
function place(grid, entries) {
  let room = SHOWN - entries.filter((entry) => rowOfUid(entry.uid)).length;
  const wrongFirst = [...entries.filter((entry) => entry.wrong), ...entries.filter((entry) => !entry.wrong)];
  const placed = [];
  for (const entry of wrongFirst) {
    if (room <= 0) break;
    if (rowOfUid(entry.uid)) continue;
    placed.push(entry);
    room -= 1;
  }
  if (!placed.length) return;
  for (const row of rowsOf(grid)) if (isBlank(row) && !row.contains(document.activeElement)) row.remove();
  const rows = addRows(grid, placed.length);
  placed.sort((one, other) => one.left - other.left).forEach((entry, index) => showKept(rows[index], entry));
  ensureEmptyRow(grid);
}

export function showPasted(grid) {
  const bar = grid.querySelector("[data-pasted]");
  if (!bar) return;
  const entries = pastedIn(grid);
  place(grid, entries);
  bar.hidden = !entries.length && !bar.dataset.leftOut;
  const hidden = entries.filter((entry) => !rowOfUid(entry.uid)).length;
  const sentences = [entries.length && counted("Pasted", entries.length), hidden && counted("NotShown", hidden), bar.dataset.leftOut];
  bar.querySelector("[data-pasted-text]").textContent = sentences.filter(Boolean).join(" ");
  const saved = ofThisDay(entries).length;
  const button = bar.querySelector("[data-save-pasted]");
  button.hidden = !saved;
  button.textContent = message(saved === 1 ? "saveOne" : "saveSome", { n: saved });
  bar.querySelector("[data-drop-pasted]").hidden = !entries.length;
  const others = ofOtherDays(entries);
  const own = withOwnDay(others).length;
  bar.querySelector("[data-other-days]").hidden = !others.length;
  bar.querySelector("[data-other-days-text]").textContent = counted("OtherDays", others.length);
  bar.querySelector("[data-days=own]").hidden = !own;
  bar.querySelector("[data-days=own]").textContent = counted("OwnDay", own);
  showAlike(grid, bar.querySelector("[data-alike]"), (corrected) => {
    showPasted(grid);
    check(grid, corrected).catch(() => {});
  });
}

// Pasted lines of before, after the page was opened again.
export function checkAgain(grid) {
  showPasted(grid);
  const entries = pastedIn(grid);
  if (entries.length) check(grid, entries).catch(() => {});
}

function keepEntries(grid, entries) {
  entries.forEach(putQuietly);
  showPasted(grid);
  const first = entries.map((entry) => rowOfUid(entry.uid)).find(Boolean);
  if (first) focusRow(first);
  check(grid, entries).catch(() => {});
}

const blankOf = (cells) => Object.fromEntries(cells.map((one) => [one.name, originalOf(one)]));

// Enter lines of which the values are known.
export function pasteValues(grid, lines) {
  const base = blankOf(cellsOf(grid.querySelector("template[data-new]").content.firstElementChild));
  const batch = newId();
  const entries = lines.map((line) => {
    const values = { ...base, ...line };
    const changed = Object.keys(values).filter((name) => values[name] !== base[name]);
    return { ...newEntry(grid), values, changed, batch, shown: "", state: "pasted", left: nextPlace() };
  });
  keepEntries(grid, entries);
}

function paste(grid, text, cell) {
  const row = rowOf(cell);
  const block = columnsOf(grid, cellsIn(text), cell);
  const totals = block.lines.filter(isTotal);
  const lines = block.lines.filter((texts) => !isTotal(texts));
  const taken = lines.slice(0, MAX_ROWS);
  const dateAt = block.columns.indexOf("date");
  const dates = datesOf(dateAt < 0 ? [] : taken.map((texts) => (texts[dateAt] ?? "").trim()));
  const cells = cellsOf(grid.querySelector("template[data-new]").content.firstElementChild);
  const known = {
    base: blankOf(cells),
    choices: new Map(cells.filter((one) => one.matches("select")).map((one) => [one.name, namesOf(one)])),
    labels: new Map(cells.map((one) => [one.name, one.getAttribute("aria-label")])),
    dates,
  };
  // Saved lines are never pasted over; what is typed already stays in the first line.
  const begun = isRecord(row) ? {} : valuesOf(row);
  const batch = newId();
  const entries = taken.map((texts, index) => {
    const line = lineOf(block.columns, texts, index ? known : { ...known, base: { ...known.base, ...begun } });
    const changed = Object.keys(line.values).filter((name) => line.values[name] !== known.base[name]);
    return { ...newEntry(grid), ...line, changed, batch, state: "pasted", left: nextPlace() };
  });
  if (!isRecord(row)) discard(row);
  grid.querySelector("[data-pasted]").dataset.leftOut = [
    totals.length && message("totalsLeftOut", { text: totals.map((texts) => texts.filter((one) => one.trim()).join(" ")).join("; ") }),
    lines.length > taken.length && message("tooMany", { n: lines.length - taken.length, most: MAX_ROWS }),
  ]
    .filter(Boolean)
    .join(" ");
  keepEntries(grid, entries);
}

root.addEventListener("paste", (event) => {
  const row = rowOf(event.target);
  const text = event.clipboardData?.getData("text/plain") ?? "";
  if (!row || !event.target.matches("[data-cell]") || !/[\t\n]/.test(text.replace(/\s+$/, ""))) return;
  event.preventDefault();
  paste(gridOf(row), text, event.target);
});

function save(entries) {
  for (const { otherDate, ownDate, closedThere, ...entry } of entries) put({ ...entry, state: "waiting", left: nextPlace() });
  flush();
}

function remove(entries) {
  for (const { uid } of entries) {
    const row = rowOfUid(uid);
    if (row) discard(row);
    else drop(uid);
  }
}

function toOwnDays(entries) {
  const { site, siteName } = root.dataset;
  for (const { uid, ownDate } of entries) moveTo(uid, { site: Number(site), siteName, date: ownDate });
  flush();
}

root.addEventListener("click", (event) => {
  const grid = event.target.closest("[data-grid]");
  const days = event.target.closest("[data-days]")?.dataset.days;
  if (event.target.closest("[data-save-pasted]")) save(ofThisDay(pastedIn(grid)));
  else if (event.target.closest("[data-drop-pasted]")) remove(pastedIn(grid));
  else if (days === "own") toOwnDays(withOwnDay(ofOtherDays(pastedIn(grid))));
  else if (days === "this") save(ofOtherDays(pastedIn(grid)).filter((entry) => !entry.wrong));
  else if (days === "out") remove(ofOtherDays(pastedIn(grid)));
  else return;
  grid.querySelector("[data-pasted]").dataset.leftOut = "";
  showPasted(grid);
  focusRow(rowsOf(grid).find((row) => isBlank(row)) ?? addRow(grid));
});

// Lines that were saved without a row of their own: the page shows them once it is opened again.
listen((entry, answer) => {
  if (answer?.state !== "saved" || !isHere(entry) || rowOfUid(entry.uid)) return;
  const more = document.getElementById(entry.module)?.querySelector("[data-saved-more]");
  if (!more) return;
  more.hidden = false;
  more.dataset.count = Number(more.dataset.count ?? 0) + 1;
  more.querySelector("[data-text]").textContent = message("savedMore", { n: more.dataset.count });
});
