// Corrects the same error in many lines at once: an unknown name, or a number with two readings.

import { isHere } from "./drafts.js";
import { flush } from "./outbox.js";
import { cellOf, message, rowOfUid, setValue } from "./row.js";
import { all, get, put } from "./store.js";

const invalidOf = (entry) => (entry.state === "pasted" ? entry.wrong?.invalid : entry.state === "refused" ? entry.problem?.invalid : null) ?? [];

function groupsIn(grid) {
  const groups = new Map();
  for (const entry of all()) {
    if (entry.module !== grid.dataset.grid || !isHere(entry)) continue;
    for (const name of invalidOf(entry)) {
      const text = entry.values[name];
      const key = `${name}\n${text}`;
      if (!groups.has(key)) groups.set(key, { name, text, entries: [] });
      groups.get(key).entries.push(entry);
    }
  }
  return [...groups.values()].filter(({ entries }) => entries.length > 1);
}

// The input of a cell, for the correction of many.
function inputLike(cell, text) {
  const input = cell.cloneNode(true);
  for (const name of ["id", "form", "name", "data-cell", "data-needed", "data-completes", "aria-label", "aria-invalid", "aria-describedby"]) input.removeAttribute(name);
  delete input.dataset.raw;
  input.tabIndex = 0;
  input.value = cell.matches("select") ? "" : text;
  return input;
}

// Those that the portal rejected are sent again. What was typed into a line since the list was made stays.
function correct({ name, text, entries }, value) {
  const now = entries.map(({ uid }) => get(uid)).filter((entry) => entry?.values[name] === text && invalidOf(entry).includes(name));
  const corrected = now.map(({ wrong, problem, ...entry }) => ({
    ...entry,
    state: entry.state === "refused" ? "waiting" : entry.state,
    values: { ...entry.values, [name]: value },
    changed: [...new Set([...(entry.changed ?? []), name])],
  }));
  for (const entry of corrected) {
    // Otherwise the row would keep the old text, as if it were typed there.
    const row = rowOfUid(entry.uid);
    if (row) setValue(cellOf(row, name), value);
    put(entry);
  }
  flush();
  return corrected.filter(({ state }) => state === "pasted");
}

// Show the errors that several lines of a grid share; returns how many there are.
export function showAlike(grid, list, whenCorrected) {
  const groups = groupsIn(grid);
  const key = groups.map(({ name, text, entries }) => `${name} ${text} ${entries.length}`).join("|");
  list.hidden = !groups.length;
  if (list.dataset.groups === key) return groups.length;
  list.dataset.groups = key;
  list.replaceChildren(
    ...groups.map((group) => {
      const cell = cellOf(grid.querySelector("template[data-new]").content.firstElementChild, group.name);
      const item = document.createElement("li");
      const label = document.createElement("label");
      label.textContent = message(group.text ? "alike" : "alikeEmpty", { column: cell.getAttribute("aria-label"), text: group.text, n: group.entries.length });
      const input = inputLike(cell, group.text);
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn--small";
      button.textContent = message("correctAlike", { n: group.entries.length });
      button.addEventListener("click", () => {
        if (!input.value || input.value === group.text) {
          input.focus();
          return;
        }
        whenCorrected(correct(group, input.value));
      });
      label.append(" ", input);
      item.append(label, " ", button);
      return item;
    }),
  );
  return groups.length;
}
