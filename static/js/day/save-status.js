// One line at the foot of the sheet: what is saved, what waits on this machine, and what needs a look.

import { cellsOf, lineOf, root } from "./row.js";
import { needsAHand } from "./drafts.js";
import { isWaiting, kick, line as outgoing } from "./outbox.js";
import { all, drop, keepsOnThisMachine, listen } from "./store.js";

const bar = document.getElementById("standing");
const told = bar.querySelector("[data-standing-told]");
let hasSaved = false;

const counted = (number, one, some) => bar.dataset[number === 1 ? one : some].replace("{n}", number);

function isOpen(entry) {
  const at = lineOf(document.activeElement);
  return entry.state === "typing" && !entry.request && entry.uid !== at?.dataset.uid;
}

function sentences(entries) {
  const waiting = entries.filter((entry) => (entry.state === "saving" || isWaiting(entry)) && !needsAHand(entry));
  const looked = entries.filter(needsAHand);
  const open = entries.filter(isOpen);
  const isAway = ["away", "signed-out", "another"].includes(outgoing.connection);
  const parts = [];
  if (!keepsOnThisMachine()) parts.push(bar.dataset.notKept);
  if (waiting.length && outgoing.connection === "signed-out") parts.push(bar.dataset.signedOut);
  if (waiting.length && outgoing.connection === "another") parts.push(bar.dataset.another);
  if (waiting.length && isAway) parts.push(counted(waiting.length, "oneWaits", "someWait"));
  else if (waiting.length) parts.push(bar.dataset.saving);
  if (looked.length) parts.push(counted(looked.length, "oneLookedAt", "someLookedAt"));
  if (open.length) parts.push(counted(open.length, "oneOpen", "someOpen"));
  return { parts, isAway: isAway && waiting.length > 0, looked };
}

// Redrawn under a finger, a button or a link would never be pressed.
function refill(element, parts) {
  const text = parts.map((part) => part.textContent ?? part).join("");
  if (element.textContent !== text) element.replaceChildren(...parts);
}

const lineWith = (entry) => [...root.querySelectorAll("tbody[data-uid]")].find((line) => line.dataset.uid === entry.uid);

function linkTo(path) {
  const link = document.createElement("a");
  link.href = path;
  link.textContent = path.split("/").at(-2);
  return link;
}

// Where the day takes entries no more, there is no grid to show such lines in.
function showUnplaced(entries) {
  const list = bar.querySelector("[data-standing-lines]");
  const unplaced = "entries" in root.dataset ? [] : entries.filter((entry) => entry.path === root.dataset.address);
  const texts = unplaced.map((entry) => [entry.shown, ...(entry.told?.told ?? [])].join(". "));
  list.hidden = !unplaced.length;
  const items = unplaced.map((entry, position) => {
    const item = bar.querySelector("[data-standing-line]").content.firstElementChild.cloneNode(true);
    item.firstElementChild.textContent = texts[position];
    item.querySelector("button").addEventListener("click", () => drop(entry.uid));
    return item;
  });
  refill(list, items);
}

function show() {
  const entries = all();
  const { parts, isAway, looked } = sentences(entries);
  const elsewhere = [...new Set(entries.filter((entry) => entry.path !== root.dataset.address).map((entry) => entry.path))];
  showUnplaced(entries);
  bar.hidden = !parts.length && !hasSaved && !elsewhere.length;
  bar.dataset.standing = isAway || looked.length ? "attention" : "quiet";
  bar.querySelector("use").setAttribute("href", `${root.dataset.icons}#${isAway || looked.length ? "warning" : parts.length ? "history" : "check"}`);
  const text = parts.join(" ") || bar.dataset.allSaved;
  if (told.textContent !== text) told.textContent = text;
  bar.querySelector("[data-standing-sign-in]").hidden = !(isAway && outgoing.connection !== "away");
  bar.querySelector("[data-standing-now]").hidden = !(isAway && outgoing.connection === "away");
  bar.querySelector("[data-standing-look]").hidden = !looked.some((entry) => lineWith(entry));
  const days = bar.querySelector("[data-standing-days]");
  days.hidden = !elsewhere.length;
  refill(days, elsewhere.length ? [bar.dataset.otherDays, ...elsewhere.flatMap((path) => [" ", linkTo(path)])] : []);
}

bar.addEventListener("click", (event) => {
  if (event.target.closest("[data-standing-now]")) kick();
  if (!event.target.closest("[data-standing-look]")) return;
  const line = all().filter(needsAHand).map(lineWith).find(Boolean);
  if (line) (line.querySelector("[aria-invalid]") ?? cellsOf(line)[0]).focus();
});

export function startStanding() {
  listen((entry, answer) => {
    hasSaved ||= answer?.state === "saved" || answer?.state === "deleted";
    show();
  });
  document.addEventListener("deskops:standing", show);
  root.addEventListener("focusin", show);
  show();
}
