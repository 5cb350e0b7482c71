// A line of a grid: its cells, what they were before anybody typed, and what is said about them.

export const root = document.getElementById("sheet");
const words = document.getElementById("sheet-words")?.dataset ?? {};
let made = 0;

export function say(name, values = {}) {
  return (words[name] ?? "").replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

export const grids = () => [...root.querySelectorAll("[data-grid]")];
export const linesOf = (grid) => [...grid.querySelectorAll("tbody[data-line]")];
export const lineOf = (element) => element?.closest?.("tbody[data-line]") ?? null;
export const gridOf = (line) => line.closest("[data-grid]");
export const cellsOf = (line) => [...line.querySelectorAll("[data-cell]")];
export const cellOf = (line, name) => line.querySelector(`[data-cell][name="${name}"]`);
export const isRecord = (line) => Boolean(line.dataset.record);

// What a cell was before it was typed into stands in the page itself, as the browser keeps it.
export function originalOf(cell) {
  if (!cell.matches("select")) return cell.defaultValue;
  return [...cell.options].find((option) => option.defaultSelected)?.value ?? cell.options[0]?.value ?? "";
}

// A pasted text that is none of the choices is kept beside the choice, to be told about and put right.
const valueOf = (cell) => cell.dataset.raw ?? cell.value;

export const valuesOf = (line) => Object.fromEntries(cellsOf(line).map((cell) => [cell.name, valueOf(cell)]));
export const isDirty = (line) => cellsOf(line).some((cell) => valueOf(cell) !== originalOf(cell));
export const isBlank = (line) => !isRecord(line) && !line.classList.contains("line--offered") && !isDirty(line);

export function setValue(cell, value) {
  delete cell.dataset.raw;
  cell.value = value;
  if (cell.matches("select") && cell.value !== value) {
    cell.value = "";
    cell.dataset.raw = value;
  }
}

export function setValues(line, values) {
  for (const cell of cellsOf(line)) if (cell.name in values) setValue(cell, values[cell.name]);
}

export function setOriginals(line, values) {
  for (const cell of cellsOf(line)) {
    if (!(cell.name in values)) continue;
    if (cell.matches("select")) for (const option of cell.options) option.defaultSelected = option.value === values[cell.name];
    else cell.defaultValue = values[cell.name];
  }
}

// Begin from these values: nothing is typed until one of them is changed.
export function beginFrom(line, values) {
  setOriginals(line, values);
  setValues(line, values);
}

export function reset(line) {
  for (const cell of cellsOf(line)) setValue(cell, originalOf(cell));
}

export function addLine(grid) {
  const template = grid.querySelector("template[data-new]");
  const line = template.content.firstElementChild.cloneNode(true);
  const [from, to] = [line.id, `${line.id}-${++made}`];
  for (const element of [line, ...line.querySelectorAll("[id], [form]")]) {
    if (element.id) element.id = element.id.replace(from, to);
    if (element.hasAttribute("form")) element.setAttribute("form", element.getAttribute("form").replace(from, to));
  }
  template.before(line);
  quieten(line);
  return line;
}

// There is always room for one more.
export function roomIn(grid) {
  const last = linesOf(grid).at(-1);
  return last && isBlank(last) ? last : addLine(grid);
}

export function emptyLine(grid) {
  return linesOf(grid).find(isBlank) ?? addLine(grid);
}

// Lines save themselves: their buttons are for the pointer, and the keys go from cell to cell.
export function quieten(line) {
  for (const button of line.querySelectorAll(".sheet__state :is(a, button)")) button.tabIndex = -1;
}

export function markWrong(line, names) {
  for (const cell of cellsOf(line)) {
    if (names.includes(cell.name)) {
      cell.setAttribute("aria-invalid", "true");
      cell.setAttribute("aria-describedby", `${line.id}-said`);
    } else {
      cell.removeAttribute("aria-invalid");
      cell.removeAttribute("aria-describedby");
    }
  }
}

const ICONS = { saved: "check", waiting: "history", saving: "history", typing: "edit", pasted: "edit" };

export function showState(line, state, values = {}) {
  if (state) line.dataset.state = state;
  else delete line.dataset.state;
  const word = line.querySelector(".line__word");
  word.replaceChildren();
  if (!state) return;
  const icon = document.getElementById("sheet-icon").content.cloneNode(true);
  icon.querySelector("use").setAttribute("href", `${root.dataset.icons}#${ICONS[state] ?? "warning"}`);
  const text = document.createElement("span");
  text.textContent = say(state, values);
  word.append(icon, text);
}

// Say something under the line, from one of the page's templates; nothing takes it away, and gives the line the focus back.
export function tell(line, name = "", fill = () => {}) {
  const row = line.querySelector(".line__said");
  const cell = row.firstElementChild;
  if (row.contains(document.activeElement)) cellsOf(line)[0].focus();
  row.hidden = !name;
  cell.replaceChildren();
  if (!name) return;
  const said = document.getElementById(`said-${name}`).content.cloneNode(true);
  fill(said);
  const box = document.createElement("div");
  box.className = "line__box";
  box.setAttribute("role", "status");
  box.append(said);
  cell.append(box);
  // What is said makes room for itself, and must not push the cell somebody types in under the foot of the window.
  if (root.contains(document.activeElement)) document.activeElement.scrollIntoView({ block: "nearest" });
}

export function listInto(said, sentences) {
  said.querySelector("[data-list]").replaceChildren(
    ...sentences.map((sentence) => {
      const item = document.createElement("li");
      item.textContent = sentence;
      return item;
    }),
  );
}
