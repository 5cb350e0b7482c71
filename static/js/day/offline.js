// Opens the sheet without a connection: registers the service worker and sends it the list of needed files.

import { listen } from "./store.js";
import { root } from "./row.js";

const QUIET_MS = 4_000;
let timer = 0;

function filesOfThisPage() {
  const named = performance.getEntriesByType("resource").map((entry) => entry.name);
  return [...new Set(named)].filter((name) => name.startsWith(`${location.origin}/static/`)).map((name) => name.split("#")[0]);
}

async function updateCopy() {
  const { active } = await navigator.serviceWorker.ready;
  active?.postMessage({ page: root.dataset.address, files: filesOfThisPage() });
}

async function register() {
  await navigator.serviceWorker.register(root.dataset.worker, { scope: root.dataset.places });
  await updateCopy();
  // Saved lines belong in the copy.
  listen((entry, answer) => {
    if (!answer?.parts) return;
    clearTimeout(timer);
    timer = setTimeout(updateCopy, QUIET_MS);
  });
}

function showCopyNotice() {
  const at = document.documentElement.dataset.copyOf;
  const notice = document.getElementById("copy-notice");
  if (!at || !notice) return;
  notice.hidden = false;
  notice.querySelector("span").textContent = notice.dataset.text.replace("{at}", new Date(at).toLocaleString());
}

showCopyNotice();
const isShared = "shared" in document.documentElement.dataset;
if ("serviceWorker" in navigator && window.isSecureContext && !isShared) register().catch(() => {});
