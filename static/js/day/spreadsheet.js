// Reads and writes blocks of cells as spreadsheets have them: rows, dates, and rows of totals.

import { comparable } from "./choose.js";
import { root } from "./row.js";

// How totals are called where our sites are.
const TOTAL =
  /^(((grand|sub|sum|overall|day|daily|shift|week|weekly|month|monthly)[\s-]*)?(totals?|totale[sn]?|totali|totaal|totaux|sums?)|overall|\p{L}*summen?|(zwischen|tages)total|(ins)?gesamt(total|menge|gewicht|tonnage|ergebnis|zahl)?|sous[\s-]?tota(l|ux)|somme|razem|suma|celkem|összesen|ukupno|(genel )?toplam|итого|всего|المجموع|الإجمالي|合計|小計|[Σ∑])(?!\p{L})/iu;
const DATE = /^(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})\.?$/;
const TIME = /[T,\s]+\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*([ap]\.?m\.?|Z)?$/i;
const WORDS = /[\s.,\-/]+/;

// A cell with quotes around it, which may hold a tab, a quote or a new row; or one without.
const CELL = /"([^"]*(?:""[^"]*)*)"(?=[\t\n]|$)|[^\t\n]*/y;

// The rows of cells of a text with tabs between the cells. A quote within a cell is a character like others.
export function cellsIn(text) {
  const clean = text.replace(/\r\n?/g, "\n");
  const rows = [[]];
  for (let at = 0; at <= clean.length; at += 1) {
    CELL.lastIndex = at;
    const [whole, inner] = CELL.exec(clean);
    rows.at(-1).push(inner?.replaceAll('""', '"') ?? whole);
    at += whole.length;
    if (clean[at] === "\n") rows.push([]);
  }
  return rows.filter((row) => row.some((cell) => cell.trim()));
}

const quoted = (text) => (/[\t\n"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
export const tableOf = (rows) => rows.map((texts) => texts.map(quoted).join("\t")).join("\n");

// A number of a row of totals; it is only compared.
function numberIn(text) {
  const mark = root.dataset.decimalMark;
  const plain = text.replace(/\s*[a-z%]+$/i, "").replace(mark === "," ? /[.\s']/g : /[,\s']/g, "").replace(mark, ".");
  return /^-?\d+(\.\d+)?$/.test(plain) ? Number(plain) : null;
}

// Whether a row has a word for a total where a choice stands, or in a row in which nothing is chosen.
function isCalledTotal(texts, columns, choices) {
  const isChoice = (text, place) => Boolean(text) && Boolean(choices.get(columns[place])?.has(comparable(text)));
  const chooses = texts.some(isChoice);
  return texts.some((text, place) => TOTAL.test(text) && !isChoice(text, place) && (choices.has(columns[place]) || !chooses));
}

// Split rows into lines and rows of totals. A total is called so, or has only numbers of which one is the sum of those above.
export function withoutTotals(rows, columns, choices) {
  const lines = [];
  const totals = [];
  let sums = [];
  let summed = 0;
  for (const row of rows) {
    const texts = row.map((text) => text.trim());
    const numbers = texts.map((text) => (text ? numberIn(text) : undefined));
    const isSum = summed > 1 && !numbers.includes(null) && numbers.some((number, place) => number && Math.abs(number - sums[place]) < 0.0005);
    if (isSum || isCalledTotal(texts, columns, choices)) {
      totals.push(texts);
      [sums, summed] = [[], 0];
      continue;
    }
    lines.push(texts);
    summed += 1;
    numbers.forEach((number, place) => {
      sums[place] = (sums[place] ?? 0) + (number ?? 0);
    });
  }
  return { lines, totals };
}

const months = new Map();

// The months by their names, in the languages of the person and in English.
function monthsByName() {
  if (months.size) return months;
  for (const language of ["en", document.documentElement.lang, ...navigator.languages]) {
    for (const month of ["long", "short"]) {
      const format = new Intl.DateTimeFormat(language, { month, timeZone: "UTC" });
      for (let at = 0; at < 12; at += 1) months.set(comparable(format.format(new Date(Date.UTC(2000, at, 15)))).replace(".", ""), at + 1);
    }
  }
  return months;
}

const fullYear = (year) => (year < 100 ? 2000 + year : year);

function iso(year, month, day) {
  const date = new Date(Date.UTC(year, month - 1, day));
  const isReal = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && year > 1900;
  return isReal ? date.toISOString().slice(0, 10) : null;
}

// A date with the name of its month, such as 30-Nov-26 or Monday, November 30, 2026.
function namedDate(text) {
  const words = comparable(text).split(WORDS).filter(Boolean);
  const month = words.map((word) => monthsByName().get(word)).find(Boolean);
  const numbers = words.filter((word) => /^\d{1,4}(st|nd|rd|th)?$/.test(word)).map((word) => parseInt(word, 10));
  return month && numbers.length === 2 ? iso(fullYear(numbers[1]), month, numbers[0]) : null;
}

export function looksLikeDate(text) {
  const day = text.trim().replace(TIME, "");
  return DATE.test(day) || Boolean(namedDate(day));
}

// The dates of a block as year-month-day, by their text. Which part is the day is known from a date of the block with a
// part that is no month, or from the date of the sheet. Without either, the dates are not read.
export function datesOf(texts) {
  const dates = new Map();
  const unordered = [];
  for (const text of new Set(texts)) {
    const day = text.replace(TIME, "");
    const parts = DATE.exec(day)?.slice(1).map(Number);
    if (!parts) dates.set(text, namedDate(day));
    else if (parts[0] > 31) dates.set(text, iso(...parts));
    else unordered.push([text, parts]);
  }
  const dayFirst = unordered.map(([, [day, month, year]]) => iso(fullYear(year), month, day));
  const monthFirst = unordered.map(([, [month, day, year]]) => iso(fullYear(year), month, day));
  const isToday = (date) => date === root.dataset.date;
  const usesPoints = unordered.some(([text]) => text.includes("."));
  let read = null;
  if (usesPoints || monthFirst.some((date) => !date) || (dayFirst.some(isToday) && !monthFirst.some(isToday))) read = dayFirst;
  else if (dayFirst.some((date) => !date) || (monthFirst.some(isToday) && !dayFirst.some(isToday))) read = monthFirst;
  unordered.forEach(([text], place) => dates.set(text, read?.[place] ?? null));
  return dates;
}
