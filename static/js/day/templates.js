// Lines kept under a name, such as "Monday crew": they are entered as pasted lines, and saved when they are confirmed.

import { exchange } from "./outbox.js";
import { pasteValues } from "./paste.js";
import { whyNotDone } from "./problems.js";
import { cellsOf, grids, isDirty, isRecord, message, rowsOf, takesLines, valuesOf } from "./row.js";
import { person } from "./store.js";

// Not the texts of which each line has its own.
function linesIn(grid) {
  return rowsOf(grid)
    .filter((row) => isRecord(row) || isDirty(row))
    .map((row) => {
      const own = cellsOf(row).filter((cell) => cell.matches("[data-unique]"));
      return { ...valuesOf(row), ...Object.fromEntries(own.map((cell) => [cell.name, ""])) };
    });
}

function buttonOf(text, className) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = className;
  button.textContent = text;
  return button;
}

function start(grid, templates) {
  const menu = grid.querySelector("[data-templates]");
  const problem = menu.querySelector("[data-problem]");
  const name = menu.querySelector("[data-name]");

  async function keep(body) {
    const answer = await exchange(menu.dataset.templates, { person, ...body });
    if (answer.state === "done") show(answer.templates);
    else problem.textContent = whyNotDone(answer);
    return answer.state === "done";
  }

  function show(kept) {
    menu.querySelector("[data-list]").replaceChildren(
      ...kept.map((template) => {
        const item = document.createElement("li");
        const use = buttonOf(`${template.name} (${template.lines.length})`, "btn btn--quiet btn--small");
        use.addEventListener("click", () => {
          menu.open = false;
          pasteValues(grid, template.lines);
        });
        const remove = buttonOf("×", "btn btn--quiet btn--small");
        remove.setAttribute("aria-label", message("removeTemplate", { name: template.name }));
        remove.addEventListener("click", () => keep({ name: template.name, lines: "[]" }));
        item.append(use, remove);
        return item;
      }),
    );
  }

  menu.querySelector("[data-keep]").addEventListener("click", async () => {
    const lines = linesIn(grid);
    problem.textContent = lines.length ? "" : message("noLines");
    if (!name.value.trim()) name.focus();
    else if (lines.length && (await keep({ name: name.value, lines: JSON.stringify(lines) }))) name.value = "";
  });
  show(templates);
  menu.hidden = false;
}

export function offerTemplates(offers) {
  for (const grid of grids().filter(takesLines)) start(grid, offers[grid.dataset.grid].templates);
}
