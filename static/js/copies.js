// What this browser keeps of day sheets belongs to one person. Copies for working without a connection: where somebody else
// is signed in, or nobody, or on a shared computer, there are none. Lines that wait: whichever page their person opens sends
// them, unless the person's devices were reset since: then they are removed, and named.

const { person, deviceResets, copyOf } = document.documentElement.dataset;
const isShared = "shared" in document.documentElement.dataset;
const OF = "deskops:copies-of";
const MINE = `deskops:line:${person}:`;

const forget = () => "caches" in window && caches.delete("deskops-pages");
const linesIn = (storage) => Object.keys(storage).filter((key) => key.startsWith(MINE));
const inWords = (storage, keys) =>
  keys.map((key) => JSON.parse(storage.getItem(key))).map(({ siteName, date, shown }) => [siteName, date, shown].filter(Boolean).join(", ")).join("; ");

function resetOnce() {
  const seen = `deskops:resets:${person}`;
  // An old copy of a page knows fewer resets than this browser has seen.
  if (copyOf || Number(deviceResets) <= Number(localStorage.getItem(seen))) return;
  const keys = linesIn(localStorage);
  const lines = inWords(localStorage, keys);
  for (const key of keys) localStorage.removeItem(key);
  localStorage.setItem(seen, deviceResets);
  forget();
  if (keys.length) document.dispatchEvent(new CustomEvent("deskops:message", { detail: { name: "deviceReset", n: keys.length, lines } }));
}

if (person) resetOnce();
if (isShared) forget();
// Error pages do not say who is signed in.
if (person !== undefined && localStorage.getItem(OF) !== person) {
  forget();
  localStorage.setItem(OF, person);
}

document.addEventListener("submit", (event) => {
  if (!event.target.action?.includes("/logout/")) return;
  const keys = isShared ? linesIn(sessionStorage) : [];
  const question = document.getElementById("messages")?.dataset.linesLost ?? "";
  if (keys.length && !window.confirm(question.replace("{lines}", inWords(sessionStorage, keys)))) return event.preventDefault();
  for (const key of keys) sessionStorage.removeItem(key);
  forget();
});

const isWaiting = person && !isShared && linesIn(localStorage).length;
if (isWaiting && !document.querySelector("#sheet, #gate")) import("./day/outbox.js").then(({ start }) => start());
