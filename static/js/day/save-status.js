// The status at the foot of the sheet: what is saved, what waits on this machine, and what needs attention.

import { cellsOf, root } from "./row.js";
import { needsAttention } from "./drafts.js";
import { isWaiting, flush, network } from "./outbox.js";
import { all, drop, keepsOnThisMachine, listen } from "./store.js";

const bar = document.getElementById("save-status");
const statusText = bar.querySelector("[data-status-text]");
let hasSaved = false;
let shown = null;

const counted = (number, one, some) => bar.dataset[number === 1 ? one : some].replace("{n}", number);

const isOpen = (entry) => entry.state === "typing" && !entry.request;
const isPasted = (entry) => entry.state === "pasted";

const needsLook = (entry) => needsAttention(entry) || isPasted(entry);

function sentences(entries) {
  const waiting = entries.filter((entry) => (entry.state === "saving" || isWaiting(entry)) && !needsAttention(entry));
  const attention = entries.filter(needsAttention);
  const open = entries.filter(isOpen);
  const pasted = entries.filter(isPasted);
  const isAway = ["away", "signed-out", "another"].includes(network.state);
  const parts = [];
  if (!keepsOnThisMachine()) parts.push(bar.dataset.notKept);
  if (waiting.length && network.state === "signed-out") parts.push(bar.dataset.signedOut);
  if (waiting.length && network.state === "another") parts.push(bar.dataset.another);
  if (waiting.length && isAway) parts.push(counted(waiting.length, "oneWaits", "someWait"));
  else if (waiting.length) parts.push(bar.dataset.saving);
  if (attention.length) parts.push(counted(attention.length, "oneNeedsAttention", "someNeedAttention"));
  if (open.length) parts.push(counted(open.length, "oneOpen", "someOpen"));
  if (pasted.length) parts.push(counted(pasted.length, "onePasted", "somePasted"));
  return { parts, isAway: isAway && waiting.length > 0, attention };
}

// Replacing an unchanged button while it is being pressed would lose the click.
function refill(element, parts) {
  const text = parts.map((part) => part.textContent ?? part).join("");
  if (element.textContent !== text) element.replaceChildren(...parts);
}

const rowOfEntry = (entry) => [...root.querySelectorAll("tbody[data-uid]")].find((row) => row.dataset.uid === entry.uid);

function linkTo(path) {
  const link = document.createElement("a");
  link.href = path;
  link.textContent = path.split("/").at(-2);
  return link;
}

// A closed day has no grid in which to show its unsaved lines.
function showUnplaced(entries) {
  const list = bar.querySelector("[data-status-lines]");
  const unplaced = "entries" in root.dataset ? [] : entries.filter((entry) => entry.path === root.dataset.address);
  const texts = unplaced.map((entry) => [entry.shown, ...(entry.problem?.messages ?? [])].join(". "));
  list.hidden = !unplaced.length;
  const items = unplaced.map((entry, position) => {
    const item = bar.querySelector("[data-status-line]").content.firstElementChild.cloneNode(true);
    item.firstElementChild.textContent = texts[position];
    item.querySelector("button").addEventListener("click", () => drop(entry.uid));
    return item;
  });
  refill(list, items);
}

function show() {
  const entries = all();
  const { parts, isAway, attention } = sentences(entries);
  const elsewhere = [...new Set(entries.filter((entry) => entry.path !== root.dataset.address).map((entry) => entry.path))];
  showUnplaced(entries);
  bar.hidden = !parts.length && !hasSaved && !elsewhere.length;
  bar.dataset.status = isAway || attention.length ? "attention" : "quiet";
  bar.querySelector("use").setAttribute("href", `${root.dataset.icons}#${isAway || attention.length ? "warning" : parts.length ? "history" : "check"}`);
  const text = parts.join(" ") || bar.dataset.allSaved;
  if (statusText.textContent !== text) statusText.textContent = text;
  bar.querySelector("[data-status-sign-in]").hidden = !(isAway && network.state !== "away");
  bar.querySelector("[data-status-send]").hidden = !(isAway && network.state === "away");
  bar.querySelector("[data-status-show]").hidden = !entries.some((entry) => needsLook(entry) && rowOfEntry(entry));
  const days = bar.querySelector("[data-status-days]");
  days.hidden = !elsewhere.length;
  refill(days, elsewhere.length ? [bar.dataset.otherDays, ...elsewhere.flatMap((path) => [" ", linkTo(path)])] : []);
}

bar.addEventListener("click", (event) => {
  if (event.target.closest("[data-status-send]")) flush();
  if (!event.target.closest("[data-status-show]")) return;
  const rows = all().filter(needsLook).map(rowOfEntry).filter(Boolean);
  // Each press leads to the next one.
  const row = rows[(rows.indexOf(shown) + 1) % rows.length];
  shown = row;
  if (row) (row.querySelector("[aria-invalid]") ?? cellsOf(row)[0]).focus();
});

export function startSaveStatus() {
  listen((entry, answer) => {
    hasSaved ||= answer?.state === "saved" || answer?.state === "deleted";
    show();
  });
  document.addEventListener("deskops:network", show);
  root.addEventListener("focusin", show);
  show();
}
