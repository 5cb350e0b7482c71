// The keyboard moves through the rows of a table: j and k from anywhere, the arrows from within.

const rowsOf = (table) => [...table.querySelectorAll("tbody > tr")].filter((row) => row.querySelector("a, button"));

function isTyping(target) {
  return target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox], [type=radio])");
}

function step(key, isInside) {
  if (key === "j" || (isInside && key === "ArrowDown")) return 1;
  if (key === "k" || (isInside && key === "ArrowUp")) return -1;
  return 0;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || isTyping(event.target)) return;
  const here = event.target.closest(".table tbody > tr");
  const by = step(event.key, Boolean(here));
  const table = here?.closest(".table") ?? document.querySelector(".main .table");
  if (!by || !table || (event.key.length === 1 && localStorage.getItem("shortcuts-off") === "yes")) return;
  const rows = rowsOf(table);
  const next = here ? rows[rows.indexOf(here) + by] : rows.at(by > 0 ? 0 : -1);
  if (!next) return;
  event.preventDefault();
  // The same place in the row: from one "Edit" to the next.
  const place = here ? [...here.querySelectorAll("a, button")].indexOf(event.target) : 0;
  const targets = next.querySelectorAll("a, button");
  (targets[place] ?? targets[0]).focus();
});
