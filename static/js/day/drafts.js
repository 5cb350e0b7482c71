// Connects the grids with the lines kept on this machine: stores what is typed, and shows the responses.

import {
  cellOf,
  cellsOf,
  changedNames,
  emptyRow,
  gridOf,
  grids,
  isBlank,
  isDirty,
  isRecord,
  fillList,
  markInvalid,
  reset,
  root,
  ensureEmptyRow,
  message,
  setOriginals,
  setValues,
  showState,
  showMessage,
  valuesOf,
} from "./row.js";
import { flush } from "./outbox.js";
import { all, drop, get, listen, newId, nextPlace, put } from "./store.js";

const path = root.dataset.address;
const NEEDS_ATTENTION = ["refused", "asks", "conflict", "closed", "forbidden", "gone", "doubtful", "stuck"];

const uidOf = (row) => (row.dataset.uid ??= isRecord(row) ? `${path}${gridOf(row).dataset.grid}/${row.dataset.record}` : newId());
export const needsAttention = (entry) => NEEDS_ATTENTION.includes(entry.state);

const textOf = (cell) => (cell.matches("select") ? (cell.selectedOptions[0]?.text ?? "") : cell.value);

function entryOf(row) {
  const known = get(uidOf(row));
  return {
    uid: uidOf(row),
    path,
    module: gridOf(row).dataset.grid,
    id: isRecord(row) ? Number(row.dataset.record) : null,
    version: isRecord(row) ? Number(row.dataset.version) : null,
    ...known,
    values: valuesOf(row),
    // A record keeps what the person did not touch.
    changed: changedNames(row),
    otherDate: row.dataset.otherDate,
    shown: cellsOf(row).map(textOf).filter(Boolean).join(" · "),
  };
}

export function edited(row) {
  const entry = entryOf(row);
  const isUnanswered = Boolean(entry.request);
  markInvalid(row, []);
  showMessage(row);
  if (!isDirty(row) && !isUnanswered) {
    drop(entry.uid);
    showState(row, isRecord(row) && row.dataset.at ? "saved" : "", { at: row.dataset.at });
    return;
  }
  const state = row.dataset.state === "pasted" ? "pasted" : "typing";
  put({ ...entry, state, act: undefined, problem: undefined, confirmed: undefined });
  if (state === "pasted" && entry.otherDate) showOtherDate(row, entry.otherDate);
  ensureEmptyRow(gridOf(row));
}

function showOtherDate(row, text) {
  row.dataset.otherDate = text;
  showMessage(row, "other-date", (content) => fillList(content, [text]));
}

export function send(row, changes = {}) {
  delete row.dataset.otherDate;
  put({ ...entryOf(row), state: "waiting", left: nextPlace(), next: undefined, ...changes });
  flush();
}

export function leave(row) {
  if (row.dataset.state === "typing" && isDirty(row)) send(row);
  else if (isBlank(row) && row.dataset.above) row.dispatchEvent(new CustomEvent("deskops:untouched"));
}

export function discard(row) {
  const uid = row.dataset.uid;
  const isGone = row.dataset.state === "gone";
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
  discard,
  delete: (row) => {
    showMessage(row);
    send(row, { act: "delete" });
  },
  keep: (row) => {
    showMessage(row);
    showState(row, row.dataset.before, { at: row.dataset.at });
  },
};

export const runAction = (row, name) => actions[name](row);

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
  row.dataset.uid = entry.uid;
  row.dataset.at = answer.at;
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

function showDeleted(row) {
  const next = row.nextElementSibling?.matches("tbody") ? row.nextElementSibling : row.previousElementSibling;
  const hadFocus = row.contains(document.activeElement);
  const grid = gridOf(row);
  row.remove();
  ensureEmptyRow(grid);
  if (hadFocus) cellsOf(next?.matches?.("tbody") ? next : ensureEmptyRow(grid))[0]?.focus();
}

const fillers = {
  asks: (content, problem) => fillList(content, problem.messages),
  conflict: (content, problem) => {
    const who = content.querySelector("[data-who]");
    who.textContent = who.dataset.text.replace("{who}", problem.changed_by);
    for (const cells of problem.versions) {
      const row = content.querySelector("[data-versions]").insertRow();
      for (const text of cells) row.insertCell().textContent = text || "–";
    }
  },
  doubtful: (content, problem, entry) => fillList(content, [message("doubtfulMessage", { at: new Date(entry.since).toLocaleString() })]),
  stuck: (content, problem) => fillList(content, [message("stuckMessage", { code: problem.code })]),
};

function showRejected(row, entry) {
  const problem = entry.problem ?? {};
  markInvalid(row, problem.invalid ?? []);
  const name = entry.state in fillers ? entry.state : "errors";
  showMessage(row, name === "asks" && entry.act === "delete" ? "asks-delete" : name, (content) => {
    if (fillers[name]) fillers[name](content, problem, entry);
    else fillList(content, problem.messages ?? [message("goneMessage")]);
  });
  showState(row, entry.state);
}

function showParts(parts = {}) {
  for (const [id, html] of Object.entries(parts)) {
    const element = document.getElementById(id);
    if (element) element.outerHTML = html;
  }
}

function show(row, entry, answer) {
  if (entry.state === "deleted") showDeleted(row);
  else if (answer?.state === "saved") showSaved(row, entry, answer);
  else if (entry.state === "stuck" && row.dataset.state === "stuck") return;
  else if (needsAttention(entry)) showRejected(row, entry);
  else showState(row, entry.act === "delete" ? "saving" : entry.state);
}

function rowFor(entry) {
  const grid = grids().find((known) => known.dataset.grid === entry.module);
  if (!grid?.querySelector("template[data-new]")) return null;
  const known = [...grid.querySelectorAll("tbody[data-uid]")].find((row) => row.dataset.uid === entry.uid);
  if (known) return known;
  const recorded = entry.id && grid.querySelector(`tbody[data-record="${entry.id}"]`);
  const row = recorded || emptyRow(grid);
  row.dataset.uid = entry.uid;
  return row;
}

function showEntry(entry, answer) {
  if (!entry || entry.path !== path) return;
  if (answer?.parts) showParts(answer.parts);
  const row = rowFor(entry);
  if (!row) return;
  // Typed in another tab of this browser.
  if (!row.contains(document.activeElement) && !answer && entry.act !== "delete") setValues(row, entry.values);
  show(row, entry, answer);
}

// --- Lines kept from before

export function restore() {
  for (const entry of all().filter((kept) => kept.path === path)) {
    const row = rowFor(entry);
    if (!row) continue;
    if (entry.act !== "delete") setValues(row, entry.values);
    show(row, entry, null);
    if (entry.otherDate && entry.state === "pasted") showOtherDate(row, entry.otherDate);
    ensureEmptyRow(gridOf(row));
  }
  listen(showEntry);
}
