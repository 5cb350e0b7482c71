// The day sheet: starts its parts.

import { askToDelete, edited, leave, restore, runAction } from "./drafts.js";
import { copyFrom, fillFromAbove } from "./offers.js";
import { completeFrom } from "./complete.js";
import { start } from "./outbox.js";
import { startSaveStatus } from "./save-status.js";
import { gridOf, grids, rowOf, rowsOf, skipButtons, root, ensureEmptyRow } from "./row.js";
import { showPasted } from "./paste.js";
import "./cannot-send.js";
import "./choose.js";
import "./clock.js";
import "./closing.js";
import "./copies.js";
import "./keys.js";
import "./print.js";

function watch() {
  root.addEventListener("input", (event) => {
    const row = event.target.matches("[data-cell]") && rowOf(event.target);
    if (!row) return;
    delete event.target.dataset.raw;
    edited(row);
  });
  root.addEventListener("focusout", (event) => {
    const row = rowOf(event.target);
    if (!row || row.contains(event.relatedTarget)) return;
    // A window that loses the focus keeps it in its row.
    setTimeout(() => row.isConnected && !row.contains(document.activeElement) && leave(row));
  });
  root.addEventListener("click", (event) => {
    const row = rowOf(event.target);
    if (!row) return;
    const name = event.target.closest("[data-action]")?.dataset.action;
    if (name) runAction(row, name);
    else if (event.target.closest("[data-delete]")) {
      event.preventDefault();
      askToDelete(row);
      showPasted(gridOf(row) ?? grids()[0]);
    }
  });
  root.addEventListener("submit", (event) => rowOf(event.target) && event.preventDefault());
}

if ("entries" in root.dataset) {
  const offers = JSON.parse(document.getElementById("sheet-offers").textContent);
  for (const grid of grids()) {
    rowsOf(grid).forEach(skipButtons);
    ensureEmptyRow(grid);
  }
  watch();
  completeFrom(offers);
  fillFromAbove();
  copyFrom(offers);
  restore();
  grids().forEach(showPasted);
  const first = root.querySelector("tbody[data-line]:not([data-record])");
  first?.querySelector("[data-needed]")?.setAttribute("data-shortcut", "n");
}
startSaveStatus();
start();
document.documentElement.dataset.sheet = "ready";
