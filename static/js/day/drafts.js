// Between the grids and what is kept on this machine: what is typed goes there, and what is heard about it is shown.

import {
  cellOf,
  cellsOf,
  emptyLine,
  gridOf,
  grids,
  isBlank,
  isDirty,
  isRecord,
  listInto,
  markWrong,
  reset,
  root,
  roomIn,
  say,
  setOriginals,
  setValues,
  showState,
  tell,
  valuesOf,
} from "./row.js";
import { kick } from "./outbox.js";
import { all, drop, get, listen, newId, nextPlace, put } from "./store.js";

const path = root.dataset.address;
const WAITING_FOR_A_HAND = ["refused", "asks", "conflict", "closed", "forbidden", "gone", "doubtful", "stuck"];

const uidOf = (line) => (line.dataset.uid ??= isRecord(line) ? `${path}${gridOf(line).dataset.grid}/${line.dataset.record}` : newId());
export const needsAHand = (entry) => WAITING_FOR_A_HAND.includes(entry.state);

const textOf = (cell) => (cell.matches("select") ? (cell.selectedOptions[0]?.text ?? "") : cell.value);

function entryOf(line) {
  const known = get(uidOf(line));
  return {
    uid: uidOf(line),
    path,
    module: gridOf(line).dataset.grid,
    id: isRecord(line) ? Number(line.dataset.record) : null,
    version: isRecord(line) ? Number(line.dataset.version) : null,
    ...known,
    values: valuesOf(line),
    shown: cellsOf(line).map(textOf).filter(Boolean).join(" · "),
  };
}

export function typed(line) {
  const entry = entryOf(line);
  const isUnanswered = Boolean(entry.request);
  markWrong(line, []);
  tell(line);
  if (!isDirty(line) && !isUnanswered) {
    drop(entry.uid);
    showState(line, isRecord(line) && line.dataset.at ? "saved" : "", { at: line.dataset.at });
    return;
  }
  const state = line.dataset.state === "pasted" ? "pasted" : "typing";
  put({ ...entry, state, act: undefined, told: undefined, confirmed: undefined });
  roomIn(gridOf(line));
}

export function send(line, changes = {}) {
  put({ ...entryOf(line), state: "waiting", left: nextPlace(), next: undefined, ...changes });
  kick();
}

export function left(line) {
  if (line.dataset.state === "typing" && isDirty(line)) send(line);
  else if (isBlank(line) && line.dataset.above) line.dispatchEvent(new CustomEvent("deskops:untouched"));
}

export function discard(line) {
  const uid = line.dataset.uid;
  const isGone = line.dataset.state === "gone";
  if (uid) drop(uid);
  markWrong(line, []);
  tell(line);
  if (isRecord(line) && !isGone) {
    reset(line);
    showState(line, line.dataset.at ? "saved" : "", { at: line.dataset.at });
  } else {
    const grid = gridOf(line);
    line.remove();
    roomIn(grid);
  }
}

export function askToDelete(line) {
  if (!isRecord(line)) {
    discard(line);
    return;
  }
  line.dataset.before = line.dataset.state ?? "";
  showState(line, "deleting");
  tell(line, "deleting");
  line.querySelector("[data-act=delete]").focus();
}

const acts = {
  confirm: (line) => send(line, { confirmed: get(line.dataset.uid).told.confirmed, told: undefined }),
  now: (line) => send(line),
  again: (line) => send(line, { since: undefined, told: undefined }),
  mine: (line) => {
    const { told } = get(line.dataset.uid);
    setOriginals(line, told.values);
    line.dataset.version = told.version;
    send(line, { version: told.version, told: undefined });
  },
  theirs: (line) => {
    const { told } = get(line.dataset.uid);
    setOriginals(line, told.values);
    line.dataset.version = told.version;
    discard(line);
  },
  discard,
  delete: (line) => {
    tell(line);
    send(line, { act: "delete" });
  },
  keep: (line) => {
    tell(line);
    showState(line, line.dataset.before, { at: line.dataset.at });
  },
};

export const act = (line, name) => acts[name](line);

// --- What is heard

function showSaved(line, entry, answer) {
  const twin = gridOf(line).querySelector(`tbody[data-record="${answer.id}"]`);
  if (twin && twin !== line) {
    // The page has been read again since this line was sent: it stands there already.
    line.remove();
    line = twin;
  }
  // What was typed while it was on its way stands as it is, and is not saved yet.
  const isUntouched = entry.state === "saved";
  line.dataset.record = answer.id;
  line.dataset.version = answer.version;
  line.dataset.uid = entry.uid;
  line.dataset.at = answer.at;
  line.classList.remove("line--offered");
  delete line.dataset.above;
  setOriginals(line, answer.values);
  if (isUntouched || line === twin) setValues(line, answer.values);
  for (const [name, text] of Object.entries(answer.derived)) line.querySelector(`[data-derived="${name}"]`).textContent = text;
  for (const [name, text] of Object.entries(answer.estimates)) cellOf(line, name).placeholder = text;
  tell(line);
  showState(line, entry.state, { at: answer.at });
  roomIn(gridOf(line));
}

function showDeleted(line) {
  const next = line.nextElementSibling?.matches("tbody") ? line.nextElementSibling : line.previousElementSibling;
  const hadFocus = line.contains(document.activeElement);
  const grid = gridOf(line);
  line.remove();
  roomIn(grid);
  if (hadFocus) cellsOf(next?.matches?.("tbody") ? next : roomIn(grid))[0]?.focus();
}

const telling = {
  asks: (said, told) => listInto(said, told.told),
  conflict: (said, told) => {
    const who = said.querySelector("[data-who]");
    who.textContent = who.dataset.told.replace("{who}", told.who);
    for (const cells of told.versions) {
      const row = said.querySelector("[data-versions]").insertRow();
      for (const text of cells) row.insertCell().textContent = text || "–";
    }
  },
  doubtful: (said, told, entry) => listInto(said, [say("doubtfulTold", { at: new Date(entry.since).toLocaleString() })]),
  stuck: (said, told) => listInto(said, [say("stuckTold", { code: told.code })]),
};

function showRefused(line, entry) {
  const told = entry.told ?? {};
  markWrong(line, told.wrong ?? []);
  const name = entry.state in telling ? entry.state : "told";
  tell(line, name === "asks" && entry.act === "delete" ? "asks-delete" : name, (said) => {
    if (telling[name]) telling[name](said, told, entry);
    else listInto(said, told.told ?? [say("goneTold")]);
  });
  showState(line, entry.state);
}

function showParts(parts = {}) {
  for (const [id, html] of Object.entries(parts)) {
    const element = document.getElementById(id);
    if (element) element.outerHTML = html;
  }
}

function show(line, entry, answer) {
  if (entry.state === "deleted") showDeleted(line);
  else if (answer?.state === "saved") showSaved(line, entry, answer);
  else if (entry.state === "stuck" && line.dataset.state === "stuck") return;
  else if (needsAHand(entry)) showRefused(line, entry);
  else showState(line, entry.act === "delete" ? "saving" : entry.state);
}

function lineFor(entry) {
  const grid = grids().find((known) => known.dataset.grid === entry.module);
  if (!grid?.querySelector("template[data-new]")) return null;
  const known = [...grid.querySelectorAll("tbody[data-uid]")].find((line) => line.dataset.uid === entry.uid);
  if (known) return known;
  const recorded = entry.id && grid.querySelector(`tbody[data-record="${entry.id}"]`);
  const line = recorded || emptyLine(grid);
  line.dataset.uid = entry.uid;
  return line;
}

function heard(entry, answer) {
  if (!entry || entry.path !== path) return;
  if (answer?.parts) showParts(answer.parts);
  const line = lineFor(entry);
  if (!line) return;
  // Typed in another tab of this browser.
  if (!line.contains(document.activeElement) && !answer && entry.act !== "delete") setValues(line, entry.values);
  show(line, entry, answer);
}

// --- What was kept from before

export function restore() {
  for (const entry of all().filter((kept) => kept.path === path)) {
    const line = lineFor(entry);
    if (!line) continue;
    if (entry.act !== "delete") setValues(line, entry.values);
    show(line, entry, null);
    roomIn(gridOf(line));
  }
  listen(heard);
}
