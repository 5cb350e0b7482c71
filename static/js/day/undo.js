// Undoes the last delete, overwrite or paste of this person on this sheet: with Ctrl+Z, or the button that stays a while.

import { isHere, showRecord, showParts } from "./drafts.js";
import { exchange } from "./outbox.js";
import { isDirty, message, root, rowOf } from "./row.js";
import { dayOf, listen, person } from "./store.js";

const SHOWN_MS = 30_000;
const MOST = 20;
const bar = document.getElementById("undo");
const texts = bar?.querySelector("[data-text]");
const button = bar?.querySelector("button");
const day = dayOf({ site: Number(root.dataset.site), date: root.dataset.date });
// The last thing done comes last: its acts, and what it was.
const done = [];
let confirmation = "";
let timer = 0;
let isBusy = false;

function describe({ did, batch, count }) {
  if (batch) return message(count === 1 ? "didPasteOne" : "didPasteSome", { n: count });
  return message(count === 1 ? `did${did[0].toUpperCase()}${did.slice(1)}` : `did${did[0].toUpperCase()}${did.slice(1)}Some`, { n: count });
}

function show(sentence, { isUndoable = true } = {}) {
  bar.hidden = false;
  texts.textContent = sentence;
  button.hidden = !isUndoable;
  clearTimeout(timer);
  timer = setTimeout(() => {
    bar.hidden = true;
    confirmation = "";
  }, SHOWN_MS);
}

// Remember what can be undone. Lines of one paste are one thing.
export function remember({ did, acts, batch, count = 1 }) {
  if (!bar || !acts.length) return;
  const last = done.at(-1);
  if (batch && last?.batch === batch) {
    last.acts.push(...acts);
    last.count += 1;
  } else done.push({ did, acts: [...acts], batch, count });
  done.splice(0, Math.max(0, done.length - MOST));
  confirmation = "";
  button.firstElementChild.textContent = message("undo");
  show(describe(done.at(-1)));
}

// Show the rows as the portal has them now.
export function applyDone(answer) {
  showParts(answer.parts);
  for (const row of answer.rows) showRecord(row.module, row);
}

async function undo() {
  const last = done.at(-1);
  if (!last || isBusy) return;
  isBusy = true;
  const answer = await exchange(`${day}undo/`, { person, acts: last.acts.join(","), ...(confirmation ? { confirmed: confirmation } : {}) });
  isBusy = false;
  if (answer.state === "done") {
    done.pop();
    applyDone(answer);
    confirmation = "";
    show(message("undone"), { isUndoable: Boolean(done.length) });
    button.firstElementChild.textContent = message("undo");
  } else if (answer.state === "asks") {
    confirmation = answer.confirmation;
    button.firstElementChild.textContent = message("undoAnyway");
    show(answer.messages.join(" "));
    button.focus();
  } else {
    if (answer.state === "refused" || answer.state === "forbidden") done.pop();
    show((answer.messages ?? [message("notUndone")]).join(" "), { isUndoable: false });
  }
}

listen((entry, answer) => {
  if (!entry || !answer?.acts || !isHere(entry)) return;
  if (answer.did === "created" && !entry.batch) return;
  remember({ did: answer.did, acts: answer.acts, batch: answer.did === "created" ? entry.batch : null });
});

button?.addEventListener("click", undo);

// What is typed into a cell and not saved is undone by the browser.
root.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || event.key.toLowerCase() !== "z" || !done.length) return;
  const row = rowOf(event.target);
  if (row && isDirty(row) && row.dataset.state !== "saved") return;
  event.preventDefault();
  undo();
});
