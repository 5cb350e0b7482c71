// The first letters of a name or a code choose, as fast as one types; a browser alone knows names only.

import { root } from "./row.js";

const PATIENCE_MS = 1_500;
let typed = "";
let typedInto = null;
let typedAt = 0;

const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const startsAWord = (text, letters) => fold(text).split(/[\s\-/_(]+/).some((word) => word.startsWith(letters));

// From the closest meaning of the letters to the farthest.
const MEANINGS = [
  (option, letters) => fold(option.text).startsWith(letters),
  (option, letters) => fold(option.dataset.code ?? "").startsWith(letters),
  (option, letters) => startsAWord(option.dataset.code ?? "", letters),
  (option, letters) => startsAWord(option.text, letters),
];

export function found(select, text) {
  const letters = fold(text.trim());
  const options = [...select.options].filter((option) => option.value || option.text);
  for (const means of MEANINGS) {
    const option = options.find((one) => means(one, letters));
    if (option) return option;
  }
  return null;
}

// Exactly this name or code, as a pasted cell says it.
export function named(select, text) {
  const wanted = fold(text.trim());
  return [...select.options].find((option) => [option.text, option.dataset.code ?? "", option.value].some((name) => fold(name) === wanted)) ?? null;
}

function following(select, letter) {
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
  const isLate = select !== typedInto || Date.now() - typedAt > PATIENCE_MS;
  if (event.key.length > 1 || (event.key === " " && (isLate || !typed))) return;
  event.preventDefault();
  const before = isLate ? "" : typed;
  const letters = before + event.key;
  const option = found(select, letters);
  // The same letter again goes on to the next name that begins with it.
  const isRepeated = [...letters].every((letter) => letter === letters[0]);
  choose(select, !option && isRepeated ? following(select, fold(event.key)) : option);
  typed = option || isRepeated ? letters : before;
  typedInto = select;
  typedAt = Date.now();
});

root.addEventListener("focusin", () => {
  typed = "";
});
