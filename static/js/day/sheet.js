// The day sheet: puts its parts together.

import { act, askToDelete, left, restore, typed } from "./drafts.js";
import { copyFrom, keepFromAbove } from "./offers.js";
import { completeFrom } from "./complete.js";
import { start } from "./outbox.js";
import { startStanding } from "./save-status.js";
import { gridOf, grids, lineOf, linesOf, quieten, root, roomIn } from "./row.js";
import { enter } from "./keys.js";
import { showPasted } from "./paste.js";
import "./choose.js";
import "./closing.js";
import "./copies.js";

function watch() {
  root.addEventListener("input", (event) => {
    const line = event.target.matches("[data-cell]") && lineOf(event.target);
    if (!line) return;
    delete event.target.dataset.raw;
    typed(line);
  });
  root.addEventListener("focusout", (event) => {
    const line = lineOf(event.target);
    if (!line || line.contains(event.relatedTarget)) return;
    // A window that loses the focus keeps it in the line.
    setTimeout(() => line.isConnected && !line.contains(document.activeElement) && left(line));
  });
  root.addEventListener("click", (event) => {
    const line = lineOf(event.target);
    if (!line) return;
    const name = event.target.closest("[data-act]")?.dataset.act;
    if (name) act(line, name);
    else if (event.target.closest("[data-delete]")) {
      event.preventDefault();
      askToDelete(line);
      showPasted(gridOf(line) ?? grids()[0]);
    }
  });
  root.addEventListener("submit", (event) => lineOf(event.target) && event.preventDefault());
}

if ("entries" in root.dataset) {
  const offers = JSON.parse(document.getElementById("sheet-offers").textContent);
  for (const grid of grids()) {
    linesOf(grid).forEach(quieten);
    roomIn(grid);
  }
  watch();
  completeFrom(offers);
  keepFromAbove();
  copyFrom(offers);
  restore();
  grids().forEach(showPasted);
  const first = root.querySelector("tbody[data-line]:not([data-record])");
  first?.querySelector("[data-wanted]")?.setAttribute("data-shortcut", "n");
}
startStanding();
start();
document.documentElement.dataset.sheet = "ready";
