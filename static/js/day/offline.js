// Opens a page without a connection: registers the service worker and sends it the list of needed files.

import { listen } from "./store.js";

const QUIET_MS = 4_000;
let timer = 0;

function filesOfThisPage() {
  const named = performance.getEntriesByType("resource").map((entry) => entry.name);
  return [...new Set(named)].filter((name) => name.startsWith(`${location.origin}/static/`)).map((name) => name.split("#")[0]);
}

async function updateCopy({ address }) {
  const { active } = await navigator.serviceWorker.ready;
  active?.postMessage({ page: address, files: filesOfThisPage() });
}

async function register(page) {
  await navigator.serviceWorker.register(page.worker, { scope: page.places });
  await updateCopy(page);
  // What was saved belongs in the copy.
  listen((_entry, answer) => {
    if (answer?.state !== "saved" && !answer?.parts) return;
    clearTimeout(timer);
    timer = setTimeout(updateCopy, QUIET_MS, page);
  });
}

function showCopyNotice() {
  const at = document.documentElement.dataset.copyOf;
  const notice = document.getElementById("copy-notice");
  if (!at || !notice) return;
  notice.hidden = false;
  notice.querySelector("span").textContent = notice.dataset.text.replace("{at}", new Date(at).toLocaleString());
}

// Keep a copy of the page with this address; `worker` is the script, `places` the addresses that it handles.
export function keepCopies({ worker, places, address }) {
  showCopyNotice();
  const isShared = "shared" in document.documentElement.dataset;
  if ("serviceWorker" in navigator && window.isSecureContext && !isShared) register({ worker, places, address }).catch(() => {});
}
