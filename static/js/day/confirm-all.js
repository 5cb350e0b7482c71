// Several lines with warnings are shown together, and confirmed with one key.

import { runAction } from "./drafts.js";
import { cellsOf, gridOf, message, root } from "./row.js";
import { get } from "./store.js";

const dialog = document.getElementById("warnings");
const list = dialog?.querySelector("[data-lines]");
const button = dialog?.querySelector("[data-confirm-all]");
// What is to be deleted is confirmed where it is seen.
const isDelete = (row) => get(row.dataset.uid)?.act === "delete";
const asking = () => [...root.querySelectorAll("tbody[data-state=asks]")].filter((row) => !isDelete(row));
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

// Show a line with warnings together with the others that have some; returns whether there are others.
export function showWarnings(row) {
  const rows = asking();
  if (rows.length < 2 || !rows.includes(row) || !dialog) return false;
  shown = rows;
  list.replaceChildren(...shown.map(itemOf));
  button.firstElementChild.textContent = message("confirmAll", { n: shown.length });
  dialog.showModal();
  button.focus();
  return true;
}

// Only what was shown is confirmed: a long list is first read to its end, a warning that came since is shown first.
function confirmAll() {
  if (list.scrollTop + list.clientHeight < list.scrollHeight - 2) {
    list.scrollBy({ top: list.clientHeight * 0.9 });
    return;
  }
  dialog.close();
  for (const row of shown) if (row.dataset.state === "asks") runAction(row, "confirm");
}

dialog?.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
    event.preventDefault();
    event.stopPropagation();
    confirmAll();
  }
});
button?.addEventListener("click", confirmAll);
