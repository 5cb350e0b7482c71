// The day sheet: starts its parts.

import { askToDelete, chooseReading, edited, leave, restore, runAction, send } from "./drafts.js";
import { keepCopies } from "./offline.js";
import { completeFrom, copyFrom, offerNumbers } from "./offers.js";
import { start } from "./outbox.js";
import { startSaveStatus } from "./save-status.js";
import { ensureEmptyRow, gridOf, grids, prepareGrid, root, rowOf } from "./row.js";
import { checkAgain, showPasted } from "./paste.js";
import { chooseByUse } from "./choose.js";
import { offerTemplates } from "./templates.js";
import "./cannot-send.js";
import "./clock.js";
import "./closing.js";
import "./fold.js";
import "./grid-keys.js";
import "./print.js";
import "./selection.js";
import "./undo.js";

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
    const reading = event.target.closest("[data-reading]");
    if (name) runAction(row, name);
    else if (reading) chooseReading(row, reading.dataset.reading, reading.value);
    else if (event.target.closest("[data-delete]")) {
      event.preventDefault();
      askToDelete(row);
      showPasted(gridOf(row) ?? grids()[0]);
    }
  });
  root.addEventListener("submit", (event) => {
    const row = rowOf(event.target);
    if (!row) return;
    event.preventDefault();
    // The button of a line that a counter proposes: it is saved as it is.
    if (event.submitter?.matches("[data-accept]")) send(row);
  });
}

if ("entries" in root.dataset) {
  const offers = JSON.parse(document.getElementById("sheet-offers").textContent);
  for (const grid of grids()) {
    prepareGrid(grid);
    ensureEmptyRow(grid);
  }
  watch();
  chooseByUse(offers);
  completeFrom(offers);
  offerNumbers(offers);
  copyFrom(offers);
  offerTemplates(offers);
  restore();
  grids().forEach(checkAgain);
  const first = root.querySelector("tbody[data-line]:not([data-record])");
  first?.querySelector("[data-needed]")?.setAttribute("data-shortcut", "n");
}
startSaveStatus();
keepCopies(root.dataset);
start();
document.documentElement.dataset.sheet = "ready";
