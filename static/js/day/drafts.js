// Connects the grids with the lines kept on this machine: stores what is typed, and shows the responses.

import {
  cellOf,
  cellsOf,
  changedNames,
  gridOf,
  grids,
  isBlank,
  isDirty,
  isRecord,
  markInvalid,
  reset,
  root,
  rowOfUid,
  ensureEmptyRow,
  message,
  setOriginals,
  setUid,
  setValue,
  setValues,
  showState,
  unusedRow,
  showMessage,
  valuesOf,
} from "./row.js";
import { flush } from "./outbox.js";
import { fillErrors, fillProblem, templateOf } from "./problems.js";
import { all, drop, get, listen, newId, nextPlace, put } from "./store.js";

const place = { site: Number(root.dataset.site), siteName: root.dataset.siteName, date: root.dataset.date };
const NEEDS_ATTENTION = ["refused", "asks", "conflict", "closed", "forbidden", "gone", "doubtful", "stuck", "elsewhere"];

export const isHere = (entry) =>
  entry.site ? entry.site === place.site && entry.date === place.date : entry.path === root.dataset.address;

function uidOf(row) {
  if (!row.dataset.uid) {
    const record = `${place.site}/${place.date}/${gridOf(row).dataset.grid}/${row.dataset.record}`;
    setUid(row, isRecord(row) ? record : newId());
  }
  return row.dataset.uid;
}
export const needsAttention = (entry) => NEEDS_ATTENTION.includes(entry.state);

const textOf = (cell) => (cell.matches("select") && cell.value ? (cell.selectedOptions[0]?.text ?? "") : (cell.dataset.raw ?? cell.value));

function entryOf(row) {
  const known = get(uidOf(row));
  return {
    uid: uidOf(row),
    ...place,
    module: gridOf(row).dataset.grid,
    id: isRecord(row) ? Number(row.dataset.record) : null,
    version: isRecord(row) ? Number(row.dataset.version) : null,
    ...known,
    values: valuesOf(row),
    // A record keeps what the person did not touch.
    changed: changedNames(row),
    shown: cellsOf(row).map(textOf).filter(Boolean).join(" · "),
  };
}

export function edited(row) {
  const entry = entryOf(row);
  row.dataset.typedHere = "";
  const isUnanswered = Boolean(entry.request);
  markInvalid(row, []);
  showMessage(row);
  if (!isDirty(row) && !isUnanswered) {
    drop(entry.uid);
    showState(row, isRecord(row) && row.dataset.at ? "saved" : "", { at: row.dataset.at });
    return;
  }
  const state = row.dataset.state === "pasted" ? "pasted" : "typing";
  put({ ...entry, state, act: undefined, problem: undefined, confirmed: undefined, wrong: undefined });
  ensureEmptyRow(gridOf(row));
}

// A line that has no row of the page yet.
export const newEntry = (grid) => ({ uid: newId(), ...place, module: grid.dataset.grid, id: null, version: null });

function showPastedLine(row, entry) {
  markInvalid(row, entry.wrong?.invalid ?? []);
  const sentences = [entry.otherDate, entry.otherSite, entry.closedThere, ...(entry.wrong?.messages ?? [])].filter(Boolean);
  const name = sentences.length ? (entry.otherDate || entry.otherSite ? "other-sheet" : "errors") : "";
  showMessage(row, name, (content) => fillErrors(content, { messages: sentences, readings: entry.wrong?.readings }, row), { isOneOfMany: true });
  showState(row, "pasted");
}

// Show a line that is kept on this machine in a row.
export function showKept(row, entry) {
  setUid(row, entry.uid);
  if (entry.act !== "delete") setValues(row, entry.values);
  row.dataset.typedHere = "";
  show(row, entry, null);
}

export function send(row, changes = {}) {
  put({ ...entryOf(row), otherDate: undefined, otherSite: undefined, state: "waiting", left: nextPlace(), next: undefined, ...changes });
  flush();
}

export function leave(row) {
  if (row.dataset.state === "typing" && isDirty(row)) send(row);
  else if (isBlank(row) && row.dataset.above) row.dispatchEvent(new CustomEvent("deskops:untouched"));
}

export function discard(row) {
  const uid = row.dataset.uid;
  const isGone = row.dataset.state === "gone";
  delete row.dataset.typedHere;
  if (uid) drop(uid);
  markInvalid(row, []);
  showMessage(row);
  if (isRecord(row) && !isGone) {
    reset(row);
    showState(row, row.dataset.at ? "saved" : "", { at: row.dataset.at });
  } else {
    const grid = gridOf(row);
    row.remove();
    ensureEmptyRow(grid);
  }
}

export function askToDelete(row) {
  if (!isRecord(row)) {
    discard(row);
    return;
  }
  row.dataset.before = row.dataset.state ?? "";
  showState(row, "deleting");
  showMessage(row, "deleting");
  row.querySelector("[data-action=delete]").focus();
}

const actions = {
  confirm: (row) => send(row, { confirmed: get(row.dataset.uid).problem?.confirmation, problem: undefined }),
  now: (row) => send(row),
  again: (row) => send(row, { since: undefined, problem: undefined }),
  mine: (row) => {
    const { problem } = get(row.dataset.uid);
    setOriginals(row, problem.values);
    row.dataset.version = problem.version;
    send(row, { version: problem.version, problem: undefined });
  },
  theirs: (row) => {
    const { problem } = get(row.dataset.uid);
    setOriginals(row, problem.values);
    row.dataset.version = problem.version;
    discard(row);
  },
  here: (row) => {
    drop(get(row.dataset.uid).problem.uid);
    send(row, { problem: undefined });
  },
  elsewhere: (row) => {
    const { problem } = get(row.dataset.uid);
    const other = get(problem.uid);
    // The other text was saved or discarded meanwhile, and is shown in its own row if it was saved.
    if (!other) return discard(row);
    drop(row.dataset.uid);
    delete row.dataset.typedHere;
    setUid(row, problem.uid);
    setValues(row, other.values);
    showMessage(row);
    show(row, other, null);
  },
  discard,
  delete: (row) => {
    delete row.dataset.typedHere;
    showMessage(row);
    send(row, { act: "delete" });
  },
  keep: (row) => {
    showMessage(row);
    showState(row, row.dataset.before, { at: row.dataset.at });
  },
};

export const runAction = (row, name) => actions[name](row);

// What was meant by a number with two readings is sent at once.
export function chooseReading(row, name, text) {
  setValue(cellOf(row, name), text);
  edited(row);
  leave(row);
}

// --- Responses

function showSaved(row, entry, answer) {
  const existing = gridOf(row).querySelector(`tbody[data-record="${answer.id}"]`);
  if (existing && existing !== row) {
    // The page was reloaded since this row was sent, and has the row already.
    row.remove();
    row = existing;
  }
  // What was typed while the row was being sent is not saved yet.
  const isUnchanged = entry.state === "saved";
  row.dataset.record = answer.id;
  row.dataset.version = answer.version;
  setUid(row, entry.uid);
  row.dataset.at = answer.at;
  if (isUnchanged) delete row.dataset.typedHere;
  row.classList.remove("line--offered");
  delete row.dataset.above;
  setOriginals(row, answer.values);
  if (isUnchanged || row === existing) setValues(row, answer.values);
  for (const [name, text] of Object.entries(answer.derived)) row.querySelector(`[data-derived="${name}"]`).textContent = text;
  for (const [name, text] of Object.entries(answer.estimates)) cellOf(row, name).placeholder = text;
  showMessage(row);
  showState(row, entry.state, { at: answer.at });
  ensureEmptyRow(gridOf(row));
}

// Show a record as the portal has it now, after something was done to several.
export function showRecord(slug, answer) {
  const grid = document.getElementById(slug);
  const known = grid.querySelector(`tbody[data-record="${answer.id}"]`);
  if (answer.is_gone) {
    if (known) showDeleted(known);
    return;
  }
  const entry = { uid: `${place.site}/${place.date}/${slug}/${answer.id}`, state: "saved" };
  const row = known ?? unusedRow(grid);
  if (known && hasOwnText(row)) keepBoth(row, entry, { ...answer, state: "saved" });
  else showSaved(row, entry, answer);
}

function showDeleted(row) {
  const next = row.nextElementSibling?.matches("tbody") ? row.nextElementSibling : row.previousElementSibling;
  const hadFocus = row.contains(document.activeElement);
  const grid = gridOf(row);
  row.remove();
  ensureEmptyRow(grid);
  const near = next?.matches?.("tbody") ? next : ensureEmptyRow(grid);
  if (hadFocus && near) cellsOf(near)[0]?.focus();
}

function showRejected(row, entry) {
  markInvalid(row, entry.problem?.invalid ?? []);
  showMessage(row, templateOf(entry), (content) => fillProblem(content, entry, row));
  showState(row, entry.state);
}

export function showParts(parts = {}) {
  for (const [id, html] of Object.entries(parts)) {
    const element = document.getElementById(id);
    if (element) element.outerHTML = html;
  }
}

function show(row, entry, answer) {
  if (entry.state === "deleted") showDeleted(row);
  else if (answer?.state === "saved") showSaved(row, entry, answer);
  else if (entry.state === "pasted") showPastedLine(row, entry);
  else if (entry.state === "stuck" && row.dataset.state === "stuck") return;
  else if (needsAttention(entry)) showRejected(row, entry);
  else showState(row, entry.act === "delete" ? "saving" : entry.state);
}

function rowFor(entry) {
  const known = rowOfUid(entry.uid);
  if (known) return known;
  // Of many pasted lines only some have a row, which paste.js chooses.
  if (entry.batch) return null;
  const grid = document.getElementById(entry.module);
  if (!grid?.querySelector("template[data-new]")) return null;
  const recorded = entry.id && grid.querySelector(`tbody[data-record="${entry.id}"]`);
  const row = recorded || unusedRow(grid);
  if (!isDirty(row)) setUid(row, entry.uid);
  return row;
}

// --- Two tabs of one person

const hasOwnText = (row) => "typedHere" in row.dataset && isDirty(row);
const differs = (row, values) => cellsOf(row).some((cell) => cell.name in values && valuesOf(row)[cell.name] !== values[cell.name]);

// The differences of a row, as the table of both versions shows them: what it is, theirs, what was typed here.
function versionsOf(row, values) {
  const shown = (cell, value) => (cell.matches("select") ? ([...cell.options].find((option) => option.value === value)?.text ?? value) : value);
  return cellsOf(row)
    .filter((cell) => cell.name in values && valuesOf(row)[cell.name] !== values[cell.name])
    .map((cell) => [cell.getAttribute("aria-label"), shown(cell, values[cell.name]).trim(), textOf(cell).trim()]);
}

// What was typed in this tab and what another tab typed or saved both stay visible, until the person chooses.
function keepBoth(row, entry, answer) {
  if (row.dataset.uid === entry.uid) setUid(row, `${entry.uid}#${newId()}`);
  const own = entryOf(row);
  if (answer?.state === "saved") {
    const { version, values } = answer;
    const problem = { changed_by: message("otherWindow"), version, values, versions: versionsOf(row, values) };
    put({ ...own, id: answer.id, state: "conflict", problem });
  } else if (entry.state === "deleted") {
    put({ ...own, state: "gone" });
  } else if (entry.act === "delete") {
    put({ ...own, state: "typing" });
  } else {
    put({ ...own, state: "elsewhere", problem: { uid: entry.uid, values: entry.values, versions: versionsOf(row, entry.values) } });
  }
}

function showEntry(entry, answer) {
  if (!entry || !isHere(entry)) return;
  if (answer?.parts) showParts(answer.parts);
  // The second text of a line stays in the window in which it was typed.
  if (entry.uid.includes("#") && !rowOfUid(entry.uid)) return;
  const row = rowFor(entry);
  if (!row) return;
  if (isDirty(row) && row.dataset.uid !== entry.uid) {
    // The other text for the record that this row has: the one that is saved, or that this row differs from.
    const isOther = get(row.dataset.uid)?.problem?.uid === entry.uid;
    if (answer?.state === "saved" || entry.state === "deleted" || isOther) keepBoth(row, entry, answer);
    return;
  }
  if (hasOwnText(row) && (entry.act === "delete" || differs(row, entry.values))) {
    keepBoth(row, entry, answer);
    return;
  }
  // Typed in another tab of this browser.
  if (!row.contains(document.activeElement) && !answer && entry.act !== "delete") setValues(row, entry.values);
  show(row, entry, answer);
  if (row.isConnected) ensureEmptyRow(gridOf(row));
}

// --- Lines kept from before

export function restore() {
  for (const entry of all().filter(isHere)) {
    const row = rowFor(entry);
    if (!row) continue;
    // Two tabs had each a text for this record.
    const other = row.dataset.uid === entry.uid ? null : get(row.dataset.uid);
    setUid(row, entry.uid);
    if (entry.act !== "delete") setValues(row, entry.values);
    row.dataset.typedHere = "";
    if (other) {
      keepBoth(row, other, null);
      show(row, get(entry.uid), null);
      continue;
    }
    show(row, entry, null);
    ensureEmptyRow(gridOf(row));
  }
  listen(showEntry);
}
