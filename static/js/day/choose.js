// Chooses an option by the first letters of its name or code; browsers themselves know names only. Of several it is the
// one that this site uses most in this grid.

import { cellOf, gridOf, root, rowOf, rowsOf } from "./row.js";

const TIMEOUT_MS = 1_500;
// A line of this sheet counts as much as so many of before.
const WEIGHT_OF_TODAY = 5;
const LOOKED_AT = 100;
let typed = "";
let typedInto = null;
let typedAt = 0;
let used = {};

// A text without accents and capitals, as texts are compared.
export const comparable = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().trim();
const startsWord = (text, letters) => text.split(/[\s\-/_(]+/).some((word) => word.startsWith(letters));

// From the closest match to the farthest.
const MATCHES = [
  (name, code, letters) => name === letters || code === letters,
  (name, _code, letters) => name.startsWith(letters),
  (_name, code, letters) => code.startsWith(letters),
  (_name, code, letters) => startsWord(code, letters),
  (name, _code, letters) => startsWord(name, letters),
];

const isReal = (option) => option.value || option.text.trim();
const nameOf = (option) => comparable(option.text);

function usesOf(select) {
  const uses = new Map(Object.entries(used[gridOf(rowOf(select)).dataset.grid]?.used[select.name] ?? {}));
  for (const line of rowsOf(gridOf(rowOf(select))).slice(-LOOKED_AT)) {
    const { value } = cellOf(line, select.name);
    if (value && line !== rowOf(select)) uses.set(value, (uses.get(value) ?? 0) + WEIGHT_OF_TODAY);
  }
  return uses;
}

export function found(select, text) {
  const letters = comparable(text);
  const uses = usesOf(select);
  let best = null;
  for (const option of [...select.options].filter(isReal)) {
    const closeness = MATCHES.findIndex((matches) => matches(nameOf(option), comparable(option.dataset.code ?? ""), letters));
    if (closeness < 0) continue;
    // A whole name or code is meant; else what is used most, then what fits best, then what is listed first.
    const rank = [closeness > 0, -(uses.get(option.value) ?? 0), closeness];
    if (!best || rank.map((part, place) => part - best.rank[place]).find(Boolean) < 0) best = { option, rank };
  }
  return best?.option ?? null;
}

// The values of a choice by every name and code.
export function namesOf(select) {
  const names = new Map();
  for (const option of [...select.options].reverse()) {
    for (const name of [option.value, option.dataset.code ?? "", option.text]) if (name) names.set(comparable(name), option.value);
  }
  return names;
}

function nextMatch(select, letter) {
  const fitting = [...select.options].filter((option) => nameOf(option).startsWith(letter));
  return fitting[(fitting.indexOf(select.selectedOptions[0]) + 1) % fitting.length] ?? null;
}

function choose(select, option) {
  if (!option || option.selected) return;
  delete select.dataset.raw;
  option.selected = true;
  for (const name of ["input", "change"]) select.dispatchEvent(new Event(name, { bubbles: true }));
}

root.addEventListener("keydown", (event) => {
  const select = event.target;
  if (!select.matches("select[data-cell]") || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const isLate = select !== typedInto || Date.now() - typedAt > TIMEOUT_MS;
  if (event.key.length > 1 || (event.key === " " && (isLate || !typed))) return;
  event.preventDefault();
  const before = isLate ? "" : typed;
  const letters = before + event.key;
  const option = found(select, letters);
  // The same letter again chooses the next name that begins with it.
  const isRepeated = [...letters].every((letter) => letter === letters[0]);
  choose(select, !option && isRepeated ? nextMatch(select, comparable(event.key)) : option);
  typed = option || isRepeated ? letters : before;
  typedInto = select;
  typedAt = Date.now();
});

root.addEventListener("focusin", () => {
  typed = "";
});

export function chooseByUse(offers) {
  used = offers;
}
