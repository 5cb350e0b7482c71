// What the day has and lacks is told anew when lines were saved, unless somebody is typing a reason there.

import { listen } from "./store.js";

const QUIET_MS = 1_500;
let timer = 0;

function tellAnew() {
  const panel = document.getElementById("closing");
  if (!panel || !window.htmx || panel.contains(document.activeElement)) return;
  if ([...panel.querySelectorAll("input:not([type=hidden])")].some((input) => input.value)) return;
  window.htmx.ajax("GET", panel.dataset.source, { target: "#closing", swap: "outerHTML" });
}

listen((entry, answer) => {
  if (!answer?.parts) return;
  clearTimeout(timer);
  timer = setTimeout(tellAnew, QUIET_MS);
});
