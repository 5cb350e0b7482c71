// A row of a grid: its cells, their original values, its state and its message.

export const root = document.getElementById("sheet");
const texts = document.getElementById("sheet-texts")?.dataset ?? {};
let addedRows = 0;

export function message(name, values = {}) {
  return (texts[name] ?? "").replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

export const grids = () => [...root.querySelectorAll("[data-grid]")];
export const rowsOf = (grid) => [...grid.querySelectorAll("tbody[data-line]")];
export const rowOf = (element) => element?.closest?.("tbody[data-line]") ?? null;
export const gridOf = (row) => row.closest("[data-grid]");
export const cellsOf = (row) => [...row.querySelectorAll("[data-cell]")];
export const cellOf = (row, name) => row.querySelector(`[data-cell][name="${name}"]`);
const rowsByUid = new Map();

export function setUid(row, uid) {
  rowsByUid.delete(row.dataset.uid);
  row.dataset.uid = uid;
  rowsByUid.set(uid, row);
}

export function rowOfUid(uid) {
  const row = rowsByUid.get(uid);
  return row?.isConnected ? row : null;
}

export const isRecord = (row) => Boolean(row.dataset.record);

// The value of a cell before it was changed; the browser keeps it in the page.
export function originalOf(cell) {
  if (!cell.matches("select")) return cell.defaultValue;
  return [...cell.options].find((option) => option.defaultSelected)?.value ?? cell.options[0]?.value ?? "";
}

// A pasted text that is not among the choices is kept with the cell until it is corrected.
const valueOf = (cell) => cell.dataset.raw ?? cell.value;

export const valuesOf = (row) => Object.fromEntries(cellsOf(row).map((cell) => [cell.name, valueOf(cell)]));
const isChanged = (cell) => valueOf(cell) !== originalOf(cell);
export const isDirty = (row) => cellsOf(row).some(isChanged);
export const changedNames = (row) => cellsOf(row).filter(isChanged).map((cell) => cell.name);
export const isBlank = (row) => !isRecord(row) && !row.classList.contains("line--offered") && !isDirty(row);

export function setValue(cell, value) {
  delete cell.dataset.raw;
  cell.value = value;
  if (cell.matches("select") && cell.value !== value) {
    cell.value = "";
    cell.dataset.raw = value;
  }
}

export function setValues(row, values) {
  for (const cell of cellsOf(row)) if (cell.name in values) setValue(cell, values[cell.name]);
}

export function setOriginals(row, values) {
  for (const cell of cellsOf(row)) {
    if (!(cell.name in values)) continue;
    if (cell.matches("select")) for (const option of cell.options) option.defaultSelected = option.value === values[cell.name];
    else cell.defaultValue = values[cell.name];
  }
}

// Set values that count as unchanged until one of them is edited.
export function setDefaults(row, values) {
  setOriginals(row, values);
  setValues(row, values);
}

export function reset(row) {
  for (const cell of cellsOf(row)) setValue(cell, originalOf(cell));
}

function newRow(template) {
  const row = template.content.firstElementChild.cloneNode(true);
  const [from, to] = [row.id, `${row.id}-${++addedRows}`];
  for (const element of [row, ...row.querySelectorAll("[id], [form]")]) {
    if (element.id) element.id = element.id.replace(from, to);
    if (element.hasAttribute("form")) element.setAttribute("form", element.getAttribute("form").replace(from, to));
  }
  return row;
}

export function addRows(grid, count) {
  const template = grid.querySelector("template[data-new]");
  const rows = Array.from({ length: count }, () => newRow(template));
  template.before(...rows);
  return rows;
}

export const addRow = (grid) => addRows(grid, 1)[0];

// Where a site enters loads at the gate alone, nobody types a new line.
export const takesLines = (grid) => !("loadsOnly" in grid.dataset);

// Keep an empty row at the end of the grid.
export function ensureEmptyRow(grid) {
  if (!takesLines(grid)) return null;
  const last = rowsOf(grid).at(-1);
  return last && isBlank(last) ? last : addRow(grid);
}

// An empty row into which nobody is about to type.
export const unusedRow = (grid) => rowsOf(grid).find((row) => isBlank(row) && !row.contains(document.activeElement)) ?? addRow(grid);

// A saved row comes with its values alone; the rest of its cells is as in the empty row of the grid.
function complete(row, blank) {
  for (const cell of cellsOf(row)) {
    const whole = cellOf(blank, cell.name);
    for (const { name, value } of whole.attributes) if (!cell.hasAttribute(name)) cell.setAttribute(name, value);
    if (!cell.matches("select") || cell.options.length > 1) continue;
    const [own] = cell.options;
    const options = [...whole.options].map((option) => option.cloneNode(true));
    const same = options.findIndex((option) => option.value === own.value);
    if (same < 0) options.push(own);
    else options[same] = own;
    cell.replaceChildren(...options);
    setDefaults(row, { [cell.name]: own.value });
  }
}

// Tab goes from cell to cell: not to buttons, since lines are saved automatically, nor to cells that the site never fills.
export function prepareGrid(grid) {
  const unused = grid.dataset.unused.split(" ").filter(Boolean);
  const blank = grid.querySelector("template[data-new]")?.content.firstElementChild;
  for (const row of rowsOf(grid).filter(isRecord)) complete(row, blank);
  for (const row of [blank, ...rowsOf(grid)]) {
    if (!row) continue;
    for (const button of row.querySelectorAll(".sheet__state :is(a, button)")) button.tabIndex = -1;
    for (const name of unused) cellOf(row, name).tabIndex = -1;
  }
}

export function markInvalid(row, names) {
  for (const cell of cellsOf(row)) {
    if (names.includes(cell.name)) {
      cell.setAttribute("aria-invalid", "true");
      cell.setAttribute("aria-describedby", `${row.id}-message`);
    } else {
      cell.removeAttribute("aria-invalid");
      cell.removeAttribute("aria-describedby");
    }
  }
}

const ICONS = { saved: "check", waiting: "history", saving: "history", typing: "edit", pasted: "edit" };

export function showState(row, state, values = {}) {
  if (state) row.dataset.state = state;
  else delete row.dataset.state;
  const status = row.querySelector(".line__status");
  status.replaceChildren();
  if (!state) return;
  const icon = document.getElementById("sheet-icon").content.cloneNode(true);
  icon.querySelector("use").setAttribute("href", `${root.dataset.icons}#${ICONS[state] ?? "warning"}`);
  const text = document.createElement("span");
  text.textContent = message(state, values);
  status.append(icon, text);
}

// Show one of the page's message templates under the row; no name removes the message. Of many rows at once none
// is scrolled to.
export function showMessage(row, name = "", fill = () => {}, { isOneOfMany = false } = {}) {
  const messageRow = row.querySelector(".line__message");
  const cell = messageRow.firstElementChild;
  if (!name && messageRow.hidden) return;
  if (messageRow.contains(document.activeElement)) cellsOf(row)[0].focus();
  messageRow.hidden = !name;
  cell.replaceChildren();
  if (!name) return;
  const content = document.getElementById(`message-${name}`).content.cloneNode(true);
  fill(content);
  const box = document.createElement("div");
  box.className = "line__box";
  box.setAttribute("role", "status");
  box.append(content);
  cell.append(box);
  // The message takes space, and must not push the focused cell out of the window.
  if (!isOneOfMany && root.contains(document.activeElement)) document.activeElement.scrollIntoView({ block: "nearest" });
}

export function fillList(content, sentences) {
  content.querySelector("[data-list]").replaceChildren(
    ...sentences.map((sentence) => {
      const item = document.createElement("li");
      item.textContent = sentence;
      return item;
    }),
  );
}
