// Offers the next number where each line has its own, such as a delivery note's: + takes it.

import { cellOf, gridOf, root, rowOf, rowsOf } from "./row.js";

const NUMBER = /^(.*?)(\d{1,18})(\D*)$/s;

export function nextNumber(text) {
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
