// `<chart-plot data-label="...">` around a drawing lets its values be read one position after the other: under a
// pointer, or with the arrow keys. What it says comes from the table of the same figure, which serves without scripts.

const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -7, PageUp: 7 };

function element(name, className, text = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

// The rows in the order of the drawing: what each position is called, and its figures as they are written.
function rowsOf(table) {
  const rows = [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.textContent));
  return table.dataset.order === "newest-first" ? rows.reverse() : rows;
}

class ChartPlot extends HTMLElement {
  connectedCallback() {
    this.drawing = this.querySelector("svg[data-spread]");
    this.table = this.closest("figure")?.querySelector("table");
    if (!this.drawing || !this.table || this.reader) return;
    this.reader = element("div", "chart__reader");
    this.reader.tabIndex = 0;
    // A slider is what every screen reader hands the arrow keys to and reads the text of.
    this.reader.setAttribute("role", "slider");
    this.reader.setAttribute("aria-label", this.dataset.label);
    this.line = element("div", "chart__line");
    this.tip = element("div", "chart__tip");
    this.tip.setAttribute("aria-hidden", "true");
    this.append(this.reader, this.line, this.tip);
    this.line.hidden = this.tip.hidden = true;
    this.reader.setAttribute("aria-valuemin", "0");
    this.reader.setAttribute("aria-valuemax", String(this.table.tBodies[0].rows.length - 1));
    this.choose(this.table.tBodies[0].rows.length - 1);
    this.reader.addEventListener("pointermove", (event) => this.show(this.nearest(event.clientX)));
    this.reader.addEventListener("pointerdown", (event) => this.show(this.nearest(event.clientX)));
    this.reader.addEventListener("pointerleave", () => this.hide());
    this.reader.addEventListener("focus", () => this.reader.matches(":focus-visible") && this.show(this.place));
    this.reader.addEventListener("blur", () => this.hide());
    this.reader.addEventListener("keydown", (event) => this.step(event));
  }

  get rows() {
    return (this.known ??= rowsOf(this.table));
  }

  share(place) {
    const count = this.rows.length;
    return this.drawing.dataset.spread === "bands" ? (place + 0.5) / count : place / (count - 1);
  }

  nearest(x) {
    const count = this.rows.length;
    const box = this.reader.getBoundingClientRect();
    const share = (x - box.left) / box.width;
    const place = this.drawing.dataset.spread === "bands" ? Math.floor(share * count) : Math.round(share * (count - 1));
    return Math.min(count - 1, Math.max(0, place));
  }

  step(event) {
    const last = this.rows.length - 1;
    const to = { Home: 0, End: last }[event.key] ?? this.place + (KEYS[event.key] ?? NaN);
    if (event.key === "Escape") this.hide();
    if (Number.isNaN(to) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.show(Math.min(last, Math.max(0, to)));
  }

  choose(place) {
    this.place = place;
    this.reader.setAttribute("aria-valuenow", String(place));
    const [name, ...figures] = this.rows[place] ?? [""];
    const heads = [...this.table.tHead.rows[0].cells].slice(1).map((cell) => cell.textContent);
    this.lines = figures.map((figure, number) => [heads[number], `${figure} ${this.dataset.unit}`]);
    this.reader.setAttribute("aria-valuetext", [name, ...this.lines.map((line) => line.join(" "))].join(", "));
  }

  show(place) {
    if (!this.rows.length || (place === this.place && !this.tip.hidden)) return;
    this.choose(place);
    const list = element("dl", "chart__figures");
    const swatches = this.closest("figure").querySelectorAll(".chart__legend li > svg:first-child");
    this.lines.forEach(([label, figure], number) => {
      const term = element("dt", "", label);
      if (swatches[number]) term.prepend(swatches[number].cloneNode(true));
      list.append(term, element("dd", "", figure));
    });
    this.tip.replaceChildren(element("p", "chart__when", this.rows[place][0]), list);
    this.line.hidden = this.tip.hidden = false;
    const start = this.reader.offsetLeft + this.share(place) * this.reader.offsetWidth;
    this.line.style.left = `${start}px`;
    // Next to the line, on the side with more room.
    const room = this.offsetWidth - this.tip.offsetWidth;
    const left = start > this.offsetWidth / 2 ? start - this.tip.offsetWidth - 12 : start + 12;
    this.tip.style.left = `${Math.min(Math.max(0, room), Math.max(0, left))}px`;
  }

  hide() {
    this.line.hidden = this.tip.hidden = true;
  }
}

customElements.define("chart-plot", ChartPlot);
