// The lines that wait on this machine for sites which the person no longer has: to copy and to remove.

import { copyText } from "./clipboard.js";
import { all, drop, get, watch } from "./store.js";

const section = document.getElementById("stuck-lines");
const list = section.querySelector("[data-list]");

function itemOf(entry) {
  const item = section.querySelector("template").content.firstElementChild.cloneNode(true);
  item.dataset.uid = entry.uid;
  item.querySelector("[data-text]").textContent = [entry.siteName, entry.date, entry.shown].filter(Boolean).join(", ");
  return item;
}

function show() {
  section.hidden = !all().length;
  // A line that is still here keeps its buttons, one of which may be in use.
  const shown = new Map([...list.children].map((item) => [item.dataset.uid, item]));
  list.replaceChildren(...all().map((entry) => shown.get(entry.uid) ?? itemOf(entry)));
}

section.addEventListener("click", (event) => {
  const item = event.target.closest("button")?.closest("[data-uid]");
  if (!item) return;
  const { uid } = item.dataset;
  if (event.target.closest("[data-remove]")) {
    drop(uid);
    (section.hidden ? document.getElementById("main") : section).focus();
  } else {
    copyText((get(uid).shown ?? "").replaceAll(" · ", "\t")).then(() => {
      item.querySelector("[data-copied]").hidden = false;
    });
  }
});

watch(show);
show();
