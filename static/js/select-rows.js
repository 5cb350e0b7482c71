// The rows of a list: all of the page at once, and with Shift those from the last one to this one.

const form = document.getElementById("selection");
const rows = document.getElementById("rows");
const all = [...document.querySelectorAll("[data-select-all]")];
const status = form?.querySelector("[data-selected]");
const boxes = () => [...rows.querySelectorAll("input[name=selected]")];
let last = null;

// `isQuiet`: a page that begins with nothing selected has nothing to announce.
function show({ isQuiet = false } = {}) {
  const count = boxes().filter((box) => box.checked).length;
  for (const one of all) {
    one.checked = count > 0 && count === boxes().length;
    one.indeterminate = count > 0 && count < boxes().length;
  }
  if (!isQuiet) status.textContent = status.dataset[count === 1 ? "one" : "some"].replace("{n}", count);
}

function select(these, isChecked) {
  for (const box of these) box.checked = isChecked;
  show();
}

if (form && rows) {
  for (const one of all) {
    one.closest("[hidden]").hidden = false;
    one.addEventListener("change", () => select(boxes(), one.checked));
  }
  // A click is also what the space bar does.
  rows.addEventListener("click", (event) => {
    const box = event.target;
    if (!box.matches("input[name=selected]")) return;
    const [from, to] = [boxes().indexOf(last), boxes().indexOf(box)].sort((one, other) => one - other);
    select(event.shiftKey && from >= 0 ? boxes().slice(from, to + 1) : [box], box.checked);
    last = box;
  });
  // Shift selects text in the rows between, which nobody wants here.
  rows.addEventListener("mousedown", (event) => event.shiftKey && event.target.closest(".select-row") && event.preventDefault());
  rows.addEventListener("htmx:afterSettle", () => show({ isQuiet: true }));
  show({ isQuiet: true });
}
