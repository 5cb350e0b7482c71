// Reloads the closing panel after lines were saved, unless a reason is being typed there. Submits the day after its
// lines: a line that is still being sent would find the day closed.

import { isHere, needsAttention } from "./drafts.js";
import { root } from "./row.js";
import { isWaiting, flush, network } from "./outbox.js";
import { all, listen, watch } from "./store.js";

const QUIET_MS = 1_500;
const AWAY = ["away", "signed-out", "another"];
let timer = 0;
let isAsked = false;

function reloadPanel() {
  const panel = document.getElementById("closing");
  if (!panel || !window.htmx || panel.contains(document.activeElement)) return;
  if ([...panel.querySelectorAll("input:not([type=hidden])")].some((input) => input.value)) return;
  window.htmx.ajax("GET", panel.dataset.source, { target: "#closing", swap: "outerHTML" });
}

const isDone = (entry) => entry.state === "saved" || entry.state === "deleted";
const unsavedLines = () => all().filter((entry) => isHere(entry) && !isDone(entry));
const isBeingSent = (entry) => isWaiting(entry) && !needsAttention(entry) && !AWAY.includes(network.state);

// Submit once every line is saved; leave it to the person where a line needs attention.
function submitWhenSaved() {
  const form = root.querySelector("[data-after-lines]");
  if (!form) return;
  const left = unsavedLines();
  const notice = form.querySelector("[data-unsaved]");
  notice.hidden ||= !left.length;
  if (!isAsked || (left.length && left.every(isBeingSent))) return;
  isAsked = false;
  notice.hidden = !left.length;
  if (!left.length) form.requestSubmit();
}

root.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-after-lines]") || !unsavedLines().length) return;
  event.preventDefault();
  isAsked = true;
  // The line that was left for the button is not yet waiting.
  setTimeout(() => {
    flush();
    submitWhenSaved();
  });
});

document.addEventListener("deskops:network", submitWhenSaved);

watch(submitWhenSaved);

listen((_entry, answer) => {
  if (!answer?.parts) return;
  clearTimeout(timer);
  timer = setTimeout(reloadPanel, QUIET_MS);
});
