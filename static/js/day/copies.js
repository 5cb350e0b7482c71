// Lets the sheet open without a connection: registers the service worker, and tells it which files the sheet needs.

import { listen } from "./store.js";
import { root } from "./row.js";

const QUIET_MS = 4_000;
let timer = 0;

function filesOfThisPage() {
  const named = performance.getEntriesByType("resource").map((entry) => entry.name);
  return [...new Set(named)].filter((name) => name.startsWith(`${location.origin}/static/`)).map((name) => name.split("#")[0]);
}

async function keepACopy() {
  const { active } = await navigator.serviceWorker.ready;
  active?.postMessage({ page: root.dataset.address, files: filesOfThisPage() });
}

async function register() {
  await navigator.serviceWorker.register(root.dataset.worker, { scope: root.dataset.places });
  await keepACopy();
  // What was saved meanwhile belongs into the copy.
  listen((entry, answer) => {
    if (!answer?.parts) return;
    clearTimeout(timer);
    timer = setTimeout(keepACopy, QUIET_MS);
  });
}

function tellOfACopy() {
  const at = document.documentElement.dataset.copyOf;
  const notice = document.getElementById("copy-told");
  if (!at || !notice) return;
  notice.hidden = false;
  notice.querySelector("span").textContent = notice.dataset.told.replace("{at}", new Date(at).toLocaleString());
}

tellOfACopy();
if ("serviceWorker" in navigator && window.isSecureContext) register().catch(() => {});
