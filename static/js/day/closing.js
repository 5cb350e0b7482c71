// What the day has and lacks is told anew when lines were saved, unless somebody is typing a reason there. The day is
// submitted after its lines: one that is still on its way would find it closed.

import { needsAHand } from "./drafts.js";
import { root } from "./row.js";
import { isWaiting, kick, line as outgoing } from "./outbox.js";
import { all, listen } from "./store.js";

const QUIET_MS = 1_500;
const AWAY = ["away", "signed-out", "another"];
let timer = 0;
let isAsked = false;

function tellAnew() {
  const panel = document.getElementById("closing");
  if (!panel || !window.htmx || panel.contains(document.activeElement)) return;
  if ([...panel.querySelectorAll("input:not([type=hidden])")].some((input) => input.value)) return;
  window.htmx.ajax("GET", panel.dataset.source, { target: "#closing", swap: "outerHTML" });
}

const isDone = (entry) => entry.state === "saved" || entry.state === "deleted";
const unsaved = () => all().filter((entry) => entry.path === root.dataset.address && !isDone(entry));
const isOnItsWay = (entry) => isWaiting(entry) && !needsAHand(entry) && !AWAY.includes(outgoing.connection);

// Submit once every line is saved; leave it to the person where one is not going to be by itself.
function goOn() {
  const form = root.querySelector("[data-after-lines]");
  if (!form) return;
  const left = unsaved();
  const notice = form.querySelector("[data-unsaved]");
  notice.hidden ||= !left.length;
  if (!isAsked || (left.length && left.every(isOnItsWay))) return;
  isAsked = false;
  notice.hidden = !left.length;
  if (!left.length) form.requestSubmit();
}

root.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-after-lines]") || !unsaved().length) return;
  event.preventDefault();
  isAsked = true;
  // The line that was left for the button is not yet among those that wait.
  setTimeout(() => {
    kick();
    goOn();
  });
});

document.addEventListener("deskops:standing", goOn);

listen((entry, answer) => {
  goOn();
  if (!answer?.parts) return;
  clearTimeout(timer);
  timer = setTimeout(tellAnew, QUIET_MS);
});
