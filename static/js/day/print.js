// What a printed sheet shows instead of inputs: their whole texts, and which lines are not saved.

import { cellsOf, grids, isBlank, root, rowsOf } from "./row.js";

const NOTHING_CHOSEN = "–";

function textOf(cell) {
  const text = cell.matches("select") ? cell.selectedOptions[0]?.text.trim() : cell.value || cell.placeholder;
  return !text || text === NOTHING_CHOSEN ? "" : text;
}

function prepare(row) {
  for (const cell of cellsOf(row)) cell.closest("td").dataset.printed = textOf(cell);
  const isOffered = row.matches(".line--offered") && !row.dataset.state;
  row.classList.toggle("line--not-printed", !row.dataset.record && (isBlank(row) || isOffered));
  const status = row.querySelector(".line__status");
  if (!status) return;
  const isSaved = row.dataset.record && (row.dataset.state ?? "saved") === "saved";
  status.dataset.printed = isSaved ? status.querySelector("[title]")?.title ?? "" : root.dataset.notSaved;
}

addEventListener("beforeprint", () => grids().flatMap(rowsOf).forEach(prepare));
