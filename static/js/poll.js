// An element with `data-poll="address"` fetches itself again every 60 seconds and when the person comes back to the
// tab, only while the tab is looked at, and stays as it is when the answer is 304. The address answers the element, or
// with `HX-Refresh: true` that the whole page is no longer the one to show.

const EVERY_MS = 60_000;
// As many as a browser sends at once by itself over HTTP/1.1; over HTTP/2 it would send all of them.
const AT_ONCE = 6;
const etags = new Map();
let lastRound = Date.now();

function replace(element, html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
  if (!fresh || !element.isConnected) return;
  const focused = element.contains(document.activeElement) ? document.activeElement : null;
  // What the person has opened stays open.
  const opened = element.querySelectorAll("details");
  fresh.querySelectorAll("details").forEach((details, place) => (details.open = Boolean(opened[place]?.open)));
  element.replaceWith(fresh);
  window.htmx?.process(fresh);
  const alike = focused?.role === "slider" ? "[role=slider]" : "a, button";
  if (focused) (fresh.matches(alike) ? fresh : fresh.querySelector(alike))?.focus();
}

async function refresh(element) {
  const address = element.dataset.poll;
  const headers = { "HX-Request": "true", "X-Background": "true" };
  const etag = etags.get(address) ?? element.dataset.etag;
  if (element.id) headers["HX-Target"] = element.id;
  if (etag) headers["If-None-Match"] = etag;
  const response = await fetch(address, { headers, cache: "no-store", credentials: "same-origin" });
  // 304: nothing has changed. Sent elsewhere: signed out, which the next press will say.
  if (!response.ok || response.redirected) return;
  if (response.headers.get("HX-Refresh") === "true") return location.reload();
  if (response.headers.has("ETag")) etags.set(address, response.headers.get("ETag"));
  replace(element, await response.text());
}

function round() {
  if (document.hidden || Date.now() - lastRound < EVERY_MS) return;
  refreshAll();
}

async function refreshInOrder(elements) {
  // Without a network the figure stays as it was until the next round.
  for (let element = elements.shift(); element; element = elements.shift()) await refresh(element).catch(() => {});
}

function refreshAll() {
  lastRound = Date.now();
  const elements = [...document.querySelectorAll("[data-poll]")];
  for (let number = 0; number < AT_ONCE; number += 1) refreshInOrder(elements);
}

setInterval(round, 1_000);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) refreshAll();
});
