// Works out a sum such as =10+2.5 that was typed into a cell for a number.

import { cellsOf, root } from "./row.js";

const mark = root.dataset.decimalMark;
const TOKEN = /\s*(\d+(?:[.,]\d+)?|[-+*/()])/y;

function tokensOf(text) {
  const tokens = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const found = TOKEN.exec(text);
    if (!found) return null;
    tokens.push(found[1]);
  }
  return tokens;
}

// Products bind closer than sums; null where it is no sum.
function valueOf(tokens) {
  let place = 0;
  const one = () => {
    const token = tokens[place++];
    if (token === "-") return -one();
    if (token === "(") {
      const inner = sum();
      return tokens[place++] === ")" ? inner : NaN;
    }
    // The other mark would separate thousands: that is not guessed.
    return /^\d/.test(token ?? "") && !token.includes(mark === "," ? "." : ",") ? Number(token.replace(",", ".")) : NaN;
  };
  const product = () => {
    let value = one();
    while (tokens[place] === "*" || tokens[place] === "/") value = tokens[place++] === "*" ? value * one() : value / one();
    return value;
  };
  const sum = () => {
    let value = product();
    while (tokens[place] === "+" || tokens[place] === "-") value = tokens[place++] === "+" ? value + product() : value - product();
    return value;
  };
  const value = sum();
  return place === tokens.length && Number.isFinite(value) ? value : null;
}

function workedOut(text) {
  const tokens = text.startsWith("=") && tokensOf(text.slice(1).trim());
  const value = tokens && tokens.length ? valueOf(tokens) : null;
  return value === null ? null : String(Number(value.toFixed(3))).replace(".", mark);
}

function workOut(cell) {
  const result = cell.matches("input[inputmode]") ? workedOut(cell.value.trim()) : null;
  if (result === null) return;
  cell.value = result;
  cell.dispatchEvent(new Event("input", { bubbles: true }));
}

// Keys that save or copy a value leave its cell where it is.
export const workOutSums = (row) => cellsOf(row).forEach(workOut);

root.addEventListener("focusout", (event) => event.target.matches("[data-cell]") && workOut(event.target), true);
