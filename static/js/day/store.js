// The lines that are not saved yet, kept on this machine for one person until the portal has saved them.
// Written with every key press, so they outlive the tab, the connection and the session.

export const person = document.documentElement.dataset.person;
const MINE = `deskops:line:${person}:`;
const listeners = new Set();
let keeps = true;
let lastPlace = 0;

const read = (text) => (text ? updated(JSON.parse(text)) : null);

// The first release kept a response as `told`, in another form: such a line is sent again for a new response. A
// doubtful one may be saved already, so the person decides about it.
function updated(entry) {
  if (!("told" in entry)) return entry;
  const { told, ...rest } = entry;
  const needsResponse = told && !["typing", "pasted", "doubtful"].includes(rest.state);
  return needsResponse ? { ...rest, state: "waiting" } : rest;
}

const ours = (key) => key?.startsWith(MINE);

export const newId = () =>
  crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
export const get = (uid) => read(localStorage.getItem(MINE + uid));
// Lines that are left within the same millisecond keep their order.
export const nextPlace = () => (lastPlace = Math.max(Date.now(), lastPlace + 1));
export const keepsOnThisMachine = () => keeps;

export function all() {
  const entries = Object.keys(localStorage)
    .filter(ours)
    .map((key) => read(localStorage.getItem(key)));
  return entries.sort((one, other) => (one.left ?? 0) - (other.left ?? 0));
}

export function put(entry, answer = null) {
  try {
    localStorage.setItem(MINE + entry.uid, JSON.stringify({ ...entry, answer }));
  } catch {
    keeps = false;
  }
  for (const listener of listeners) listener(entry, answer);
}

// Tell every tab the last response for a line, then forget the line.
export function finish(entry, answer) {
  put(entry, answer);
  localStorage.removeItem(MINE + entry.uid);
  for (const listener of listeners) listener(null, null);
}

export function drop(uid) {
  localStorage.removeItem(MINE + uid);
  for (const listener of listeners) listener(null, null);
}

// Call the listener for each change, made in this tab or in another one.
export function listen(listener) {
  listeners.add(listener);
}

window.addEventListener("storage", (event) => {
  if (!ours(event.key)) return;
  const entry = read(event.newValue);
  for (const listener of listeners) listener(entry, entry?.answer ?? null);
});
