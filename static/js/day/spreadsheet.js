// Reads a block of cells from a spreadsheet: its rows, its headings, its dates, and its row of totals.

import { root } from "./row.js";

// How totals are called where our sites are.
const TOTAL = /^(grand |sub)?(totals?|sum)\b|^(zwischen|gesamt)?(summe|total)\b|^gesamt\b|^(sous-)?total|^razem\b|^suma\b|^итого|^المجموع|^toplam\b/i;
const DATE = /^(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})$/;

// Cells as text: tabs between, quotes around what holds a tab, a quote or a new row.
export function cellsIn(text) {
  const rows = [[""]];
  let quoted = false;
  const clean = text.replace(/\r\n?/g, "\n");
  for (let at = 0; at < clean.length; at += 1) {
    const sign = clean[at];
    const row = rows.at(-1);
    if (quoted && sign === '"' && clean[at + 1] === '"') {
      row[row.length - 1] += '"';
      at += 1;
    } else if (sign === '"' && (quoted || row.at(-1) === "")) quoted = !quoted;
    else if (!quoted && sign === "\t") row.push("");
    else if (!quoted && sign === "\n") rows.push([""]);
    else row[row.length - 1] += sign;
  }
  return rows.filter((row) => row.some((cell) => cell.trim()));
}

export const isTotal = (texts) => TOTAL.test((texts.find((text) => text.trim()) ?? "").trim());

// The dates of a block as year-month-day, by their text. Which part is the day is known from a date of the block with a
// part that is no month, or from the date of the sheet. Without either, the dates are not read.
export function datesOf(texts) {
  const parts = new Map(texts.map((text) => [text, DATE.exec(text)?.slice(1).map(Number)]).filter(([, found]) => found));
  const iso = (year, month, day) => {
    const date = new Date(Date.UTC(year, month - 1, day));
    const isReal = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && year > 1900;
    return isReal ? date.toISOString().slice(0, 10) : null;
  };
  const ofOtherForm = [...parts].filter(([, [first]]) => first <= 31);
  const dayFirst = ofOtherForm.map(([, [day, month, year]]) => iso(year, month, day));
  const monthFirst = ofOtherForm.map(([, [month, day, year]]) => iso(year, month, day));
  const isToday = (date) => date === root.dataset.date;
  const usesPoints = ofOtherForm.some(([text]) => text.includes("."));
  let read = null;
  if (usesPoints || monthFirst.some((date) => !date) || (dayFirst.some(isToday) && !monthFirst.some(isToday))) read = dayFirst;
  else if (dayFirst.some((date) => !date) || (monthFirst.some(isToday) && !dayFirst.some(isToday))) read = monthFirst;
  const dates = new Map(ofOtherForm.map(([text], place) => [text, read?.[place] ?? null]));
  for (const [text, [year, month, day]] of parts) if (year > 31) dates.set(text, iso(year, month, day));
  return dates;
}
