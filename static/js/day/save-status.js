// The status at the foot of the sheet: what is saved, what waits on this machine, and what needs attention.

import { cellsOf, root, rowOfUid } from "./row.js";
import { isHere, needsAttention } from "./drafts.js";
import { isWaiting, flush, network } from "./outbox.js";
import { CANNOT_BE_SENT, fillProblem, templateOf } from "./problems.js";
import { all, dayOf, keepsOnThisMachine, listen, watch } from "./store.js";

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
  if (network.state === "signed-out") parts.push(bar.dataset.signedOut);
  if (network.state === "another") parts.push(bar.dataset.another);
  if (waiting.length && isAway) parts.push(counted(waiting.length, "oneWaits", "someWait"));
  else if (waiting.length) parts.push(bar.dataset.saving);
  if (attention.length) parts.push(counted(attention.length, "oneNeedsAttention", "someNeedAttention"));
  if (open.length) parts.push(counted(open.length, "oneOpen", "someOpen"));
  if (pasted.length) parts.push(counted(pasted.length, "onePasted", "somePasted"));
  return { parts, isAway: isAway && (waiting.length > 0 || network.state !== "away"), attention };
}

// Replacing an unchanged button while it is being pressed would lose the click.
function refill(element, parts) {
  const text = parts.map((part) => part.textContent ?? part).join("");
  if (element.textContent !== text) element.replaceChildren(...parts);
}

const rowOfEntry = (entry) => rowOfUid(entry.uid);

function linkTo([path, entry]) {
  const link = document.createElement("a");
  link.href = path;
  const date = entry.date ?? path.split("/").at(-2);
  link.textContent = entry.siteName && entry.site !== Number(root.dataset.site) ? `${date} (${entry.siteName})` : date;
  return link;
}

// A closed day has no grid in which to show its unsaved lines, nor has another day.
const isUnplaced = (entry) => !entry.gate && (isHere(entry) ? !("entries" in root.dataset) : CANNOT_BE_SENT.includes(entry.state));

function showUnplaced(entries) {
  const list = bar.querySelector("[data-status-lines]");
  const unplaced = entries.filter(isUnplaced);
  list.hidden = !unplaced.length;
  const key = unplaced.map((entry) => `${entry.uid} ${entry.state}`).join("|");
  if (list.dataset.lines === key) return;
  list.dataset.lines = key;
  list.replaceChildren(
    ...unplaced.map((entry) => {
      const item = bar.querySelector("[data-status-line]").content.firstElementChild.cloneNode(true);
      item.dataset.uid = entry.uid;
      item.querySelector("[data-text]").textContent = [!isHere(entry) && [entry.siteName, entry.date].filter(Boolean).join(", "), entry.shown].filter(Boolean).join(": ");
      const stopped = CANNOT_BE_SENT.includes(entry.state) ? entry : { ...entry, state: "forbidden" };
      const content = document.getElementById(`message-${templateOf(stopped)}`).content.cloneNode(true);
      fillProblem(content, stopped);
      item.append(content);
      return item;
    }),
  );
}

function show() {
  const entries = all();
  const { parts, isAway, attention } = sentences(entries);
  const elsewhere = [...new Map(entries.filter((entry) => !isHere(entry)).map((entry) => [dayOf(entry), entry]))];
  showUnplaced(entries);
  bar.hidden = !parts.length && !hasSaved && !elsewhere.length;
  bar.dataset.status = isAway || attention.length ? "attention" : "quiet";
  bar.querySelector("use").setAttribute("href", `${root.dataset.icons}#${isAway || attention.length ? "warning" : parts.length ? "history" : "check"}`);
  const text = parts.join(" ") || bar.dataset.allSaved;
  if (statusText.textContent !== text) statusText.textContent = text;
  const signIn = bar.querySelector("[data-status-sign-in]");
  signIn.href = root.dataset.signIn;
  signIn.hidden = !(isAway && network.state !== "away");
  bar.querySelector("[data-status-send]").hidden = !(isAway && network.state === "away");
  bar.querySelector("[data-status-show]").hidden = !entries.some((entry) => needsLook(entry) && rowOfEntry(entry));
  const days = bar.querySelector("[data-status-days]");
  days.hidden = !elsewhere.length;
  refill(days, elsewhere.length ? [bar.dataset.otherDays, ...elsewhere.flatMap((day) => [" ", linkTo(day)])] : []);
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
  listen((_entry, answer) => {
    hasSaved ||= answer?.state === "saved" || answer?.state === "deleted";
  });
  watch(show);
  document.addEventListener("deskops:network", show);
  root.addEventListener("focusin", show);
  show();
}
