// Several lines with warnings are shown together, and confirmed with one key.

import { runAction } from "./drafts.js";
import { cellsOf, gridOf, message, root } from "./row.js";
import { get } from "./store.js";

const dialog = document.getElementById("warnings");
const asking = () => [...root.querySelectorAll("tbody[data-state=asks]")];
let shown = [];

function summaryOf(row) {
  const name = gridOf(row).querySelector("h2").textContent.trim();
  const texts = cellsOf(row).map((cell) => (cell.matches("select") ? cell.value && cell.selectedOptions[0]?.text : cell.value));
  return `${name}: ${texts.map((text) => (text ?? "").trim()).filter(Boolean).join(" · ")}`;
}

function itemOf(row) {
  const item = document.createElement("li");
  const line = document.createElement("strong");
  line.textContent = summaryOf(row);
  const warnings = document.createElement("ul");
  for (const sentence of get(row.dataset.uid)?.problem?.messages ?? []) {
    const warning = document.createElement("li");
    warning.textContent = sentence;
    warnings.append(warning);
  }
  item.append(line, warnings);
  return item;
}

// Show every line with warnings; returns whether there are several.
export function showWarnings() {
  const rows = asking();
  if (rows.length < 2 || !dialog) return false;
  // What is deleted is confirmed where it is seen.
  shown = rows.filter((row) => get(row.dataset.uid)?.act !== "delete");
  dialog.querySelector("[data-lines]").replaceChildren(...shown.map(itemOf));
  const button = dialog.querySelector("[data-confirm-all]");
  button.firstElementChild.textContent = message("confirmAll", { n: shown.length });
  dialog.showModal();
  button.focus();
  return true;
}

function confirmAll() {
  dialog.close();
  // Only what was shown: a warning that came since is shown first.
  for (const row of shown) if (row.dataset.state === "asks") runAction(row, "confirm");
}

dialog?.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
    event.preventDefault();
    event.stopPropagation();
    confirmAll();
  }
});
dialog?.querySelector("[data-confirm-all]").addEventListener("click", confirmAll);
