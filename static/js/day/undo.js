// Undoes the last delete, overwrite or paste of this person on this sheet: with Ctrl+Z, or the button that stays a while.

import { isHere, showRecord, showParts } from "./drafts.js";
import { exchange } from "./outbox.js";
import { whyNotDone } from "./problems.js";
import { isDirty, message, root, rowOf } from "./row.js";
import { dayOf, listen, person } from "./store.js";

const SHOWN_MS = 30_000;
const MOST = 20;
// So many acts of a large paste are undone by one request.
const TOGETHER = 500;
const bar = document.getElementById("undo");
const texts = bar?.querySelector("[data-text]");
const button = bar?.querySelector("button");
const day = dayOf({ site: Number(root.dataset.site), date: root.dataset.date });
// A reload of the page forgets nothing; another tab did other things.
const STORED = `deskops:done:${person}:${day}`;
// The last thing done comes last: its acts, what it was and when.
const done = JSON.parse(sessionStorage.getItem(STORED) ?? "[]");
let confirmation = "";
let timer = 0;
let isBusy = false;

function store() {
  try {
    sessionStorage.setItem(STORED, JSON.stringify(done));
  } catch {
    // Without room it can be undone until the page is left.
  }
}

function describe({ did, batch, count }) {
  if (batch) return message(count === 1 ? "didPasteOne" : "didPasteSome", { n: count });
  return message(count === 1 ? `did${did[0].toUpperCase()}${did.slice(1)}` : `did${did[0].toUpperCase()}${did.slice(1)}Some`, { n: count });
}

function show(sentence, { isUndoable = true, forMs = SHOWN_MS } = {}) {
  bar.hidden = false;
  texts.textContent = sentence;
  button.hidden = !isUndoable;
  button.firstElementChild.textContent = message(confirmation ? "undoAnyway" : "undo");
  clearTimeout(timer);
  timer = setTimeout(() => {
    bar.hidden = true;
    confirmation = "";
  }, forMs);
}

// Remember what can be undone. Lines of one paste are one thing.
export function remember({ did, acts, batch, count = 1 }) {
  if (!bar || !acts.length) return;
  const known = batch && done.find((one) => one.batch === batch);
  if (known) {
    // Something else may have been done while a large paste was being saved.
    done.push(...done.splice(done.indexOf(known), 1));
    known.acts.push(...acts);
    known.count += 1;
    known.at = Date.now();
  } else done.push({ did, acts: [...acts], batch, count, at: Date.now() });
  done.splice(0, Math.max(0, done.length - MOST));
  confirmation = "";
  store();
  show(describe(done.at(-1)));
}

// Show the rows as the portal has them now.
export function applyDone(answer) {
  showParts(answer.parts);
  for (const row of answer.rows) showRecord(row.module, row);
}

// Undo the newest acts of what was done last; returns the answer. What is undone is no longer there to be undone.
async function undoPart(last) {
  const acts = last.acts.slice(-TOGETHER);
  const answer = await exchange(`${day}undo/`, { person, acts: acts.join(","), ...(confirmation ? { confirmed: confirmation } : {}) });
  if (answer.state !== "done") return answer;
  last.acts.length -= acts.length;
  last.count = Math.max(last.count - acts.length, last.acts.length);
  confirmation = "";
  if (!last.acts.length) done.splice(done.indexOf(last), 1);
  store();
  applyDone(answer);
  return answer;
}

async function undo() {
  const last = done.at(-1);
  if (!last || isBusy) return;
  isBusy = true;
  const { count } = last;
  let answer = await undoPart(last);
  while (answer.state === "done" && last.acts.length) {
    show(message("undoing", { n: last.count }), { isUndoable: false });
    answer = await undoPart(last);
  }
  isBusy = false;
  if (answer.state === "done") show(message("undone"), { isUndoable: Boolean(done.length) });
  else showWhyNot(answer, last, count - last.count);
}

// Why the rest of it was not undone, after so many lines were.
function showWhyNot(answer, last, undoneCount) {
  const reason = whyNotDone(answer);
  const sentence = undoneCount ? message("undonePart", { n: undoneCount, left: last.count, reason }) : reason;
  if (answer.state === "asks") {
    confirmation = answer.confirmation;
    show(sentence);
    button.focus();
    return;
  }
  if (answer.state === "refused" || answer.state === "forbidden") done.splice(done.indexOf(last), 1);
  store();
  show(sentence, { isUndoable: done.includes(last) });
}

listen((entry, answer) => {
  if (!entry || !answer?.acts || !isHere(entry)) return;
  if (answer.did === "created" && !entry.batch) return;
  remember({ did: answer.did, acts: answer.acts, batch: answer.did === "created" ? entry.batch : null });
});

button?.addEventListener("click", undo);

// What is typed into a cell and not saved is undone by the browser.
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || event.key.toLowerCase() !== "z" || !done.length) return;
  const row = rowOf(event.target);
  if (row ? isDirty(row) && row.dataset.state !== "saved" : event.target.matches("input, textarea, select")) return;
  event.preventDefault();
  undo();
});

const leftMs = SHOWN_MS - (Date.now() - (done.at(-1)?.at ?? 0));
if (bar && leftMs > 0 && leftMs <= SHOWN_MS) show(describe(done.at(-1)), { forMs: leftMs });
