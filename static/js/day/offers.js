// Offers what a clerk would type: texts that were used before, the next number, the lines of the day before.

import { focusRow } from "./focus.js";
import { addRow, cellOf, gridOf, isBlank, root, rowOf, rowsOf, setDefaults } from "./row.js";

// --- Completion. The added part is selected, so typing replaces it. The lines of this sheet come first, the last one
// before the others.

const LOOKED_AT = 200;

function ownTexts(cell) {
  const row = rowOf(cell);
  const lines = rowsOf(gridOf(row)).slice(-LOOKED_AT).reverse();
  return lines.filter((line) => line !== row).map((line) => cellOf(line, cell.name).value);
}

export function completeFrom(offers) {
  root.addEventListener(
    "input",
    (event) => {
      const cell = event.target;
      if (!cell.matches("[data-completes]") || event.isComposing || !event.inputType?.startsWith("insert")) return;
      const text = cell.value;
      if (!text || cell.selectionStart !== text.length) return;
      const known = [...ownTexts(cell), ...(offers[gridOf(rowOf(cell)).dataset.grid].completed[cell.name] ?? [])];
      const whole = known.find((one) => one.toLowerCase().startsWith(text.toLowerCase()));
      if (!whole || whole.length === text.length) return;
      cell.value = whole;
      cell.setSelectionRange(text.length, whole.length);
    },
    true,
  );
}

// --- Where each line has its own number, such as a delivery note's: + takes the next one.

const NUMBER = /^(.*?)(\d{1,18})(\D*)$/s;

function nextNumber(text) {
  const [, before, digits, after] = NUMBER.exec(text) ?? [];
  return digits ? `${before}${String(BigInt(digits) + 1n).padStart(digits.length, "0")}${after}` : "";
}

export function offerNumbers(offers) {
  // The number above on this sheet, else the last one of the site.
  function offered(cell) {
    const row = rowOf(cell);
    const grid = gridOf(row);
    const lines = rowsOf(grid);
    const place = lines.indexOf(row);
    const nearest = [...lines.slice(0, place).reverse(), ...lines.slice(place + 1).reverse()];
    const text = nearest.map((line) => cellOf(line, cell.name).value).find((value) => NUMBER.test(value));
    return nextNumber(text ?? offers[grid.dataset.grid].last[cell.name] ?? "");
  }

  root.addEventListener("focusin", (event) => {
    const cell = event.target;
    if (!cell.matches("[data-unique]") || cell.value) return;
    const next = offered(cell);
    cell.placeholder = next && `+ ${next}`;
  });

  root.addEventListener("focusout", (event) => {
    if (event.target.matches("[data-unique]")) event.target.placeholder = "";
  });

  root.addEventListener("keydown", (event) => {
    const cell = event.target;
    if (event.key !== "+" || !cell.matches("[data-unique]") || event.ctrlKey || event.metaKey || event.altKey) return;
    const isOffer = cell.value && cell.value === cell.dataset.offered;
    const next = cell.value ? (isOffer ? nextNumber(cell.value) : "") : offered(cell);
    if (!next) return;
    event.preventDefault();
    cell.value = cell.dataset.offered = next;
    cell.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

// --- The lines of the day before

// Lines of the day before without their quantities: a line is saved only once its quantity is typed.
function copy(grid, lines) {
  const copied = lines.map((values) => {
    const row = addRow(grid);
    row.classList.add("line--offered");
    setDefaults(row, values);
    return row;
  });
  // The empty line stays last.
  const empty = rowsOf(grid).find((row) => isBlank(row));
  if (empty) copied.at(-1)?.after(empty);
  if (copied[0]) focusRow(copied[0]);
}

export function copyFrom(offers) {
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    event.preventDefault();
    const grid = button.closest("[data-grid]");
    button.remove();
    copy(grid, offers[grid.dataset.grid].copies);
  });
}
