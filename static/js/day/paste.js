// Turns a block of cells from a spreadsheet into lines, which are saved when the person confirms them.

import { addRow, addRows, cellsOf, ensureEmptyRow, gridOf, grids, isBlank, isRecord, message, originalOf, root, rowOf, rowOfUid, rowsOf, takesLines, valuesOf } from "./row.js";
import { discard, isHere, needsAttention, newEntry, showKept } from "./drafts.js";
import { moveTo } from "./cannot-send.js";
import { cellsIn, datesOf, looksLikeDate, withoutTotals } from "./spreadsheet.js";
import { comparable, namesOf } from "./choose.js";
import { columnsOfCopied } from "./selection.js";
import { showAlike } from "./alike.js";
import { focusRow } from "./focus.js";
import { exchange, flush } from "./outbox.js";
import { insertText } from "../whole-paste.js";
import { all, dayOf, drop, get, listen, newId, nextPlace, person, put, putQuietly, watch } from "./store.js";

const MAX_ROWS = 5_000;
const CHECKED_AT_ONCE = 500;
// So many pasted lines have a row of the page: thousands of inputs take the browser minutes.
const SHOWN = 60;
// Columns that are no cells of a grid: they say for which sheet a line is.
const OTHER_HEADINGS = { date: /^((operating |record |working )?(date|day)|datum|fecha|data|tag)$/i, site: /^(site|site code|site name|yard|plant|standort|werk)$/i };

const cellsOfNew = (grid) => cellsOf(grid.querySelector("template[data-new]").content.firstElementChild);

// The columns of a block by their headings, or from the cell on into which it is pasted; null for an unknown heading.
function columnsOf(grid, rows, cell) {
  const headings = [...grid.querySelectorAll("thead [data-headings]")].map((heading) => heading.dataset.headings.split("|").map(comparable));
  const names = cellsOfNew(grid).map((one) => one.name);
  const byHeading = rows[0].map((text) => {
    const plain = text.replace(/[,(].*$/, "").trim();
    const known = headings.find((words) => words.includes(comparable(plain)));
    if (known) return known.find((word) => names.includes(word)) ?? null;
    return Object.keys(OTHER_HEADINGS).find((name) => OTHER_HEADINGS[name].test(plain)) ?? null;
  });
  const headingCount = byHeading.filter(Boolean).length;
  if (headingCount >= 2 || (headingCount === 1 && rows[0].length === 1 && rows.length > 1)) {
    return { columns: byHeading, lines: rows.slice(1), headings: rows[0] };
  }
  const columns = names.slice(names.indexOf(cell.name));
  return { columns: rows.every((texts) => looksLikeDate(texts[0])) ? ["date", ...columns] : columns, lines: rows, headings: [] };
}

// What the columns of a block hold that the grid has no place for, to be named.
function columnsLeftOut({ columns, lines, headings }) {
  const width = Math.max(...lines.map((texts) => texts.length));
  const left = Array.from({ length: width }, (_, place) => place).filter(
    (place) => !columns[place] && lines.some((texts) => (texts[place] ?? "").trim()),
  );
  return left.map((place) => headings[place]?.trim() || lines.map((texts) => (texts[place] ?? "").trim()).find(Boolean));
}

// The sites at which the person may enter lines, by their names and codes.
function sitesByName() {
  const options = document.getElementById("message-cannot-send").content.querySelectorAll("[name=move-site] option");
  return new Map([...options].flatMap((option) => [option.text, option.dataset.code].map((name) => [comparable(name), { site: Number(option.value), siteName: option.text }])));
}

// Whether a line is for another sheet: in words, and where it belongs if that is known.
function placeOf(name, text, { dates, sites }) {
  if (name === "date" && dates.get(text) !== root.dataset.date) return { otherDate: message("otherDate", { text }), ownDate: dates.get(text) ?? undefined };
  const site = sites.get(comparable(text));
  if (name === "site" && site?.site !== Number(root.dataset.site)) return { otherSite: message("otherSite", { text }), ownSite: site };
  return {};
}

// What a line of texts means: its values, its own date and site, and what is wrong with it; the rest is the portal's check.
function lineOf(columns, texts, known) {
  const line = { values: { ...known.base }, shown: texts.filter(Boolean).join(" · ") };
  const invalid = [];
  const messages = [];
  columns.forEach((name, index) => {
    const text = texts[index] ?? "";
    if (!text) return;
    if (!(name in known.base)) {
      Object.assign(line, placeOf(name, text, known));
      return;
    }
    const value = known.choices.has(name) ? known.choices.get(name).get(comparable(text)) : text;
    line.values[name] = value ?? text;
    if (value !== undefined) return;
    invalid.push(name);
    messages.push(`${known.labels.get(name)}: ${message("notAChoice", { text })}`);
  });
  if (messages.length) line.wrong = { invalid, messages };
  return line;
}

const isIn = (grid) => (entry) => entry.module === grid.dataset.grid && entry.state === "pasted" && isHere(entry);
const pastedIn = (grid) => all().filter(isIn(grid));
// A line of another day or site is saved only when the person chooses where.
const isOther = (entry) => Boolean(entry.otherDate || entry.otherSite);
const ofThisSheet = (entries) => entries.filter((entry) => !isOther(entry) && !entry.wrong);
const isPlaced = (entry) => (!entry.otherDate || entry.ownDate) && (!entry.otherSite || entry.ownSite) && !entry.closedThere && !entry.wrong;
const ownPlaceOf = ({ ownDate, ownSite }) => ({
  site: Number(root.dataset.site),
  siteName: root.dataset.siteName,
  ...ownSite,
  date: ownDate ?? root.dataset.date,
});

// Check the lines by the portal's rules without saving; without a connection they are checked when they are saved.
async function check(grid, entries) {
  const bySite = Object.groupBy(entries, (entry) => ownPlaceOf(entry).site);
  for (const [site, ofSite] of Object.entries(bySite)) {
    for (let from = 0; from < ofSite.length; from += CHECKED_AT_ONCE) await checkPart(grid, site, ofSite.slice(from, from + CHECKED_AT_ONCE));
  }
}

async function checkPart(grid, site, part) {
  const sent = part.map(({ values, ownDate }) => (ownDate ? { ...values, date: ownDate } : values));
  const address = `${dayOf({ site, date: root.dataset.date })}${grid.dataset.grid}/check/`;
  const answer = await exchange(address, { person, lines: JSON.stringify(sent) });
  for (const [index, { invalid, messages, readings, closed }] of (answer.lines ?? []).entries()) {
    const now = get(part[index].uid);
    // What was corrected since is checked when it is saved.
    if (now?.state !== "pasted" || JSON.stringify(now.values) !== JSON.stringify(part[index].values)) continue;
    if (messages.length || closed) put({ ...now, closedThere: closed || undefined, wrong: messages.length ? { invalid, messages, readings } : undefined });
  }
  showPasted(grid);
}

const counted = (name, n, values = {}) => message(`${n === 1 ? "one" : "some"}${name}`, { n, ...values });

// A few of many lines are shown, those with errors before the others; the rest waits behind them.
function place(grid, entries) {
  const room = SHOWN - entries.filter((entry) => rowOfUid(entry.uid)).length;
  const isWrong = (entry) => entry.wrong || needsAttention(entry);
  const unplaced = entries.filter((entry) => !rowOfUid(entry.uid));
  const placed = [...unplaced.filter(isWrong), ...unplaced.filter((entry) => !isWrong(entry))].slice(0, Math.max(0, room));
  if (!placed.length) return;
  for (const row of rowsOf(grid)) if (isBlank(row) && !row.contains(document.activeElement)) row.remove();
  const rows = addRows(grid, placed.length);
  placed.sort((one, other) => one.left - other.left).forEach((entry, index) => showKept(rows[index], entry));
  ensureEmptyRow(grid);
}

// Lines of a paste that are not saved: those that wait for the person, and those that the portal rejected.
const isUnsaved = (entry) => Boolean(entry.batch) && isHere(entry) && (entry.state === "pasted" || needsAttention(entry));

// How many lines of each grid are pasted, wrong and rejected, when they were shown last.
const shownOf = new Map();

// Show what the portal rejected, and what is corrected: of many lines a few have a row, and the same error is corrected in
// all of them.
function showChanged() {
  const unsaved = Object.groupBy(all().filter(isUnsaved), (entry) => entry.module);
  for (const grid of grids()) {
    const entries = unsaved[grid.dataset.grid] ?? [];
    const pasted = entries.filter((entry) => entry.state === "pasted");
    const numbers = [entries.length, pasted.length, pasted.filter((entry) => entry.wrong).length].join();
    if (numbers === (shownOf.get(grid) ?? "0,0,0")) continue;
    shownOf.set(grid, numbers);
    showPasted(grid);
  }
}

export function showPasted(grid) {
  const bar = grid.querySelector("[data-pasted]");
  if (!bar) return;
  const entries = pastedIn(grid);
  place(grid, all().filter((entry) => entry.module === grid.dataset.grid && isUnsaved(entry)));
  const hidden = entries.filter((entry) => !rowOfUid(entry.uid)).length;
  const sentences = [entries.length && counted("Pasted", entries.length), hidden && counted("NotShown", hidden), bar.dataset.leftOut];
  bar.querySelector("[data-pasted-text]").textContent = sentences.filter(Boolean).join(" ");
  const saved = ofThisSheet(entries).length;
  const button = bar.querySelector("[data-save-pasted]");
  button.hidden = !saved;
  button.textContent = message(saved === 1 ? "saveOne" : "saveSome", { n: saved });
  bar.querySelector("[data-drop-pasted]").hidden = !entries.length;
  const others = entries.filter(isOther);
  const own = others.filter(isPlaced).length;
  bar.querySelector("[data-other-sheets]").hidden = !others.length;
  bar.querySelector("[data-others=this]").hidden = others.every((entry) => entry.wrong);
  bar.querySelector("[data-other-sheets-text]").textContent = counted("OtherSheets", others.length);
  bar.querySelector("[data-others=own]").hidden = !own;
  bar.querySelector("[data-others=own]").textContent = counted("OwnSheet", own);
  const alike = showAlike(grid, bar.querySelector("[data-alike]"), (corrected) => {
    showPasted(grid);
    check(grid, corrected);
  });
  bar.hidden = !entries.length && !bar.dataset.leftOut && !alike;
}

// Pasted lines of before, after the page was opened again.
export function checkAgain(grid) {
  showPasted(grid);
  const entries = pastedIn(grid);
  if (entries.length) check(grid, entries);
}

function keepEntries(grid, entries) {
  entries.forEach(putQuietly);
  showPasted(grid);
  const first = entries.map((entry) => rowOfUid(entry.uid)).find(Boolean);
  if (first) focusRow(first);
  check(grid, entries);
}

const blankOf = (cells) => Object.fromEntries(cells.map((one) => [one.name, originalOf(one)]));

// Enter lines of which the values are known.
export function pasteValues(grid, lines) {
  const base = blankOf(cellsOfNew(grid));
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
  const rows = cellsIn(text);
  const columns = columnsOfCopied(text);
  const block = columns ? { columns, lines: rows, headings: columns } : columnsOf(grid, rows, cell);
  const cells = cellsOfNew(grid);
  const choices = new Map(cells.filter((one) => one.matches("select")).map((one) => [one.name, namesOf(one)]));
  const { lines, totals } = withoutTotals(block.lines, block.columns, choices);
  const taken = lines.slice(0, MAX_ROWS);
  const dateAt = block.columns.indexOf("date");
  const known = {
    base: blankOf(cells),
    choices,
    labels: new Map(cells.map((one) => [one.name, one.getAttribute("aria-label")])),
    dates: datesOf(dateAt < 0 ? [] : taken.map((texts) => texts[dateAt] ?? "")),
    sites: sitesByName(),
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
  const leftOut = taken.length ? columnsLeftOut({ ...block, lines: taken }) : [];
  grid.querySelector("[data-pasted]").dataset.leftOut = [
    totals.length && message("totalsLeftOut", { text: totals.map((texts) => texts.filter(Boolean).join(" ")).join("; ") }),
    leftOut.length && message("columnsLeftOut", { text: leftOut.map((heading) => `“${heading}”`).join(", ") }),
    lines.length > taken.length && message("tooMany", { n: lines.length - taken.length, most: MAX_ROWS }),
  ]
    .filter(Boolean)
    .join(" ");
  keepEntries(grid, entries);
}

// A pasted line that was corrected is checked again when it is left.
const corrected = new Set();
root.addEventListener("input", (event) => {
  const row = rowOf(event.target);
  if (row?.dataset.state === "pasted") corrected.add(row.dataset.uid);
});
root.addEventListener("focusout", (event) => {
  const row = rowOf(event.target);
  if (!row || row.contains(event.relatedTarget) || !corrected.delete(row.dataset.uid)) return;
  const entry = get(row.dataset.uid);
  if (entry?.state === "pasted") check(gridOf(row), [entry]);
});

root.addEventListener("paste", (event) => {
  const row = rowOf(event.target);
  const text = (event.clipboardData?.getData("text/plain") ?? "").replace(/\s+$/, "");
  if (!row || !takesLines(gridOf(row)) || !event.target.matches("[data-cell]") || !/[\t\n]/.test(text)) return;
  event.preventDefault();
  if (event.target.matches("textarea") && !text.includes("\t")) {
    // A text with several lines is one note where notes are written; a spreadsheet puts quotes around it.
    const cells = cellsIn(text).flat();
    insertText(event.target, cells.length === 1 ? cells[0] : text);
  } else paste(gridOf(row), text, event.target);
});

function save(entries) {
  for (const { otherDate, otherSite, ownDate, ownSite, closedThere, ...entry } of entries) put({ ...entry, state: "waiting", left: nextPlace() });
  flush();
}

function remove(entries) {
  for (const { uid } of entries) {
    const row = rowOfUid(uid);
    if (row) discard(row);
    else drop(uid);
  }
}

function toOwnSheets(entries) {
  for (const entry of entries) moveTo(entry.uid, ownPlaceOf(entry));
  flush();
}

root.addEventListener("click", (event) => {
  const grid = event.target.closest("[data-grid]");
  const others = event.target.closest("[data-others]")?.dataset.others;
  if (event.target.closest("[data-save-pasted]")) save(ofThisSheet(pastedIn(grid)));
  else if (event.target.closest("[data-drop-pasted]")) remove(pastedIn(grid));
  else if (others === "own") toOwnSheets(pastedIn(grid).filter(isOther).filter(isPlaced));
  else if (others === "this") save(pastedIn(grid).filter((entry) => isOther(entry) && !entry.wrong));
  else if (others === "out") remove(pastedIn(grid).filter(isOther));
  else return;
  grid.querySelector("[data-pasted]").dataset.leftOut = "";
  showPasted(grid);
  const next = rowsOf(grid).find(isBlank) ?? (takesLines(grid) && addRow(grid));
  if (next) focusRow(next);
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

watch(showChanged);
