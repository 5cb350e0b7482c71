// Chooses an option by the first letters of its name or code; browsers themselves know names only.

import { root } from "./row.js";

const TIMEOUT_MS = 1_500;
let typed = "";
let typedInto = null;
let typedAt = 0;

const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const startsWord = (text, letters) => fold(text).split(/[\s\-/_(]+/).some((word) => word.startsWith(letters));

// From the closest match to the farthest.
const MATCHES = [
  (option, letters) => fold(option.text).startsWith(letters),
  (option, letters) => fold(option.dataset.code ?? "").startsWith(letters),
  (option, letters) => startsWord(option.dataset.code ?? "", letters),
  (option, letters) => startsWord(option.text, letters),
];

export function found(select, text) {
  const letters = fold(text.trim());
  const options = [...select.options].filter((option) => option.value || option.text);
  for (const matches of MATCHES) {
    const option = options.find((one) => matches(one, letters));
    if (option) return option;
  }
  return null;
}

// The option with exactly this name or code.
export function named(select, text) {
  const wanted = fold(text.trim());
  return [...select.options].find((option) => [option.text, option.dataset.code ?? "", option.value].some((name) => fold(name) === wanted)) ?? null;
}

function nextMatch(select, letter) {
  const fitting = [...select.options].filter((option) => fold(option.text).startsWith(letter));
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
  choose(select, !option && isRepeated ? nextMatch(select, fold(event.key)) : option);
  typed = option || isRepeated ? letters : before;
  typedInto = select;
  typedAt = Date.now();
});

root.addEventListener("focusin", () => {
  typed = "";
});
