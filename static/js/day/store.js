// The lines that are not saved yet, kept on this machine for one person until the portal has saved them.
// Written with every key press, so they outlive the tab, the connection and the session. Each is parsed once: a key
// press costs the same however many lines wait.

export const person = document.documentElement.dataset.person;
// On a shared computer nothing outlives the tab.
const isShared = "shared" in document.documentElement.dataset;
const storage = isShared ? sessionStorage : localStorage;
const MINE = `deskops:line:${person}:`;
const known = new Map();
const listeners = new Set();
const watchers = new Set();
let sorted = null;
let isNotified = false;
let keeps = !isShared;
let lastPlace = 0;

// The first release kept a response as `told`, in another form: such a line is sent again for a new response. A
// doubtful one may be saved already, so the person decides about it.
function updated(entry) {
  if (!("told" in entry)) return entry;
  const { told, ...rest } = entry;
  const needsResponse = told && !["typing", "pasted", "doubtful"].includes(rest.state);
  return needsResponse ? { ...rest, state: "waiting" } : rest;
}

const DAYS = document.documentElement.dataset.who?.replace(/who\/$/, "");

// The address of a line's day. The id of a site outlives a new code; lines of earlier releases have a path only.
export const dayOf = (entry) => (entry.site ? `${DAYS}sites/${entry.site}/${entry.date}/` : entry.path);

const ours = (key) => key?.startsWith(MINE);

export const newId = () =>
  crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
// Lines that are left within the same millisecond, or after the clock was set back, keep their order.
export const nextPlace = () => (lastPlace = Math.max(Date.now(), lastPlace + 1));
export const keepsOnThisMachine = () => keeps;

function remember(uid, text, entry) {
  if (text) known.set(uid, { text, entry: entry ?? updated(JSON.parse(text)) });
  else known.delete(uid);
  sorted = null;
}

// What another tab wrote is parsed, everything else is known.
export function get(uid) {
  const text = storage.getItem(MINE + uid);
  if (text !== (known.get(uid)?.text ?? null)) remember(uid, text);
  return known.get(uid)?.entry ?? null;
}

// Read what other tabs have written, before the browser announces it.
export function refresh() {
  const uids = Object.keys(storage)
    .filter(ours)
    .map((key) => key.slice(MINE.length));
  const kept = new Set(uids);
  for (const [uid, { text }] of known) if (text && !kept.has(uid)) remember(uid, null);
  uids.forEach(get);
}

export function all() {
  sorted ??= [...known.values()].map(({ entry }) => entry).sort((one, other) => (one.left ?? 0) - (other.left ?? 0));
  return sorted;
}

function notify(entry, answer) {
  for (const listener of listeners) listener(entry, answer);
  notifyWatchers();
}

function notifyWatchers() {
  if (isNotified) return;
  isNotified = true;
  queueMicrotask(() => {
    isNotified = false;
    for (const watcher of watchers) watcher();
  });
}

function write(entry, answer) {
  const text = JSON.stringify({ ...entry, answer });
  try {
    storage.setItem(MINE + entry.uid, text);
    remember(entry.uid, text, entry);
  } catch {
    // It is sent as long as this tab lives.
    keeps = false;
    known.set(entry.uid, { text: storage.getItem(MINE + entry.uid), entry });
    sorted = null;
  }
}

export function put(entry, answer = null) {
  write(entry, answer);
  notify(entry, answer);
}

// Of many lines at once, which their tab shows itself.
export function putQuietly(entry) {
  write(entry, null);
  notifyWatchers();
}

// Tell every tab the last response for a line, then forget the line.
export function finish(entry, answer) {
  write(entry, answer);
  storage.removeItem(MINE + entry.uid);
  remember(entry.uid, null);
  notify(entry, answer);
}

export function drop(uid) {
  storage.removeItem(MINE + uid);
  remember(uid, null);
  notify(null, null);
}

// Call the listener for each change, made in this tab or in another one.
export function listen(listener) {
  listeners.add(listener);
}

// Call the watcher once after one or many changes.
export function watch(watcher) {
  watchers.add(watcher);
}

window.addEventListener("storage", (event) => {
  if (event.key === null) refresh();
  if (!ours(event.key)) return;
  const uid = event.key.slice(MINE.length);
  const entry = event.newValue ? updated(JSON.parse(event.newValue)) : null;
  // What this tab has written since is newer than what is announced.
  get(uid);
  notify(entry, entry?.answer ?? null);
});

if (isShared) window.addEventListener("beforeunload", (event) => all().length && event.preventDefault());

refresh();
lastPlace = all().at(-1)?.left ?? 0;
