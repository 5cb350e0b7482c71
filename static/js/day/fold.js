// On a phone a saved line is one row that opens on a tap, and a button to add a line is always in reach.

import { cellsOf, grids, isBlank, isDirty, message, root, rowOf, rowsOf, addRow, takesLines } from "./row.js";
import { focusRow } from "./focus.js";

const narrow = matchMedia("(max-width: 56rem)");
const SHOWN = 4;

function textOf(cell) {
  const text = cell.matches("select") ? cell.value && cell.selectedOptions[0]?.text : cell.value || cell.placeholder;
  return (text ?? "").trim();
}

// A line of a closed day, or of one who may not write, has texts instead of cells.
function textsOf(row) {
  const cells = cellsOf(row);
  const texts = cells.length
    ? cells.filter((cell) => !cell.matches("[name=notes]")).map(textOf)
    : [...row.querySelectorAll("td[data-label]:not(.sheet__notes)")].map((cell) => cell.textContent.trim());
  return texts.filter(Boolean);
}

// A saved line is folded unless something is typed into it, or it needs a look.
const isFoldable = (row) => row.dataset.record && !isDirty(row) && (!row.dataset.state || row.dataset.state === "saved");

function summaryOf(row) {
  let cell = row.querySelector(".line__summary");
  if (!cell) {
    cell = document.createElement("td");
    cell.className = "line__summary";
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.open = "";
    cell.append(button);
    row.firstElementChild.prepend(cell);
  }
  return cell.firstElementChild;
}

function setFolded(row, isFolded) {
  summaryOf(row).setAttribute("aria-expanded", String(!isFolded));
  row.toggleAttribute("data-folded", isFolded);
}

// Fold a saved line in which nobody is typing; other lines have no summary.
function fold(row) {
  if (!narrow.matches || !isFoldable(row)) {
    row.querySelector(".line__summary")?.remove();
    delete row.dataset.folded;
    return;
  }
  const texts = textsOf(row);
  const button = summaryOf(row);
  button.textContent = texts.slice(0, SHOWN).join(" · ");
  button.setAttribute("aria-label", message("openLine", { text: texts.join(", ") }));
  setFolded(row, !row.contains(document.activeElement) || document.activeElement === button);
}

const foldAll = () => root.querySelectorAll("tbody[data-record]").forEach(fold);

root.addEventListener("click", (event) => {
  const row = event.target.closest("[data-open]") && rowOf(event.target);
  if (!row) return;
  const isOpened = "folded" in row.dataset;
  setFolded(row, !isOpened);
  if (isOpened) cellsOf(row).find((cell) => cell.tabIndex >= 0)?.focus();
});

root.addEventListener("focusout", (event) => {
  const row = rowOf(event.target);
  // A line that only shows texts stays open until it is tapped again.
  if (!row?.dataset.record || !cellsOf(row).length || row.contains(event.relatedTarget)) return;
  setTimeout(() => row.isConnected && fold(row), 300);
});

new MutationObserver((changes) => {
  for (const { target } of changes) if (target.matches("tbody[data-record]")) fold(target);
}).observe(root, { subtree: true, attributes: true, attributeFilter: ["data-state", "data-version"] });

// The grid in the middle of the window, else the first.
function gridInView() {
  const middle = innerHeight / 2;
  const open = grids().filter(takesLines);
  return open.find((grid) => grid.getBoundingClientRect().bottom > middle) ?? open.at(-1);
}

root.querySelector("[data-add]")?.addEventListener("click", () => {
  const grid = gridInView();
  focusRow(rowsOf(grid).find(isBlank) ?? addRow(grid));
});

narrow.addEventListener("change", foldAll);
foldAll();
