// Sends the waiting lines in the order in which they were left, each once, and retries until there is a response.

import { all, dayOf, finish, get, newId, person, put, refresh } from "./store.js";

const TIMEOUT_MS = 20_000;
const RETRY_DELAYS_MS = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000];
const HOUR_MS = 60 * 60 * 1_000;
// While the portal remembers the key of a line, it is safe to send the line again.
const DOUBTFUL_AFTER_MS = (Number(document.documentElement.dataset.keysKeptDays) * 24 - 4) * HOUR_MS;
const AWAY = [408, 429, 502, 503, 504];
const RESPONSES = ["saved", "deleted", "refused", "asks", "conflict", "closed", "forbidden", "gone", "doubtful", "checked", "many", "done"];
const NOT_SENT = ["away", "signed-out", "another-person"];
// As many as the portal takes in one request.
const TOGETHER = 40;
// So often a line is sent again without a message after an error of the portal.
const SILENT_RETRIES = 2;

export const network = { state: "unknown" };
let failures = 0;
let timer = 0;
let running = false;

function cookie(name) {
  return document.cookie.match(new RegExp(`(?:^|; )${name}=([^;]+)`))?.[1];
}

function setNetwork(state) {
  network.state = state;
  document.dispatchEvent(new CustomEvent("deskops:network"));
}

export const isWaiting = (entry) => entry.state === "waiting" || Boolean(entry.request);

// How long a line pauses after an error. Where the clock was set back since, it does not wait for years.
function pauseOf({ next = 0 }) {
  const pause = next - Date.now();
  return pause > RETRY_DELAYS_MS.at(-1) ? 0 : pause;
}

const isDue = (entry) => isWaiting(entry) && pauseOf(entry) <= 0;
const retryDelay = (times) => RETRY_DELAYS_MS[Math.min(times, RETRY_DELAYS_MS.length - 1)];

// Whether a line that the portal could not process was corrected. It keeps its key, so it is not saved twice.
function isCorrected({ state, tries, act, values, request }) {
  return Boolean(tries) && state === "waiting" && act !== "delete" && JSON.stringify(values) !== JSON.stringify(request.values);
}

// The request is fixed before the first attempt: the same key always has the same content.
function withRequest(entry) {
  if (entry.request?.since && !isCorrected(entry)) return entry;
  const isDelete = entry.act === "delete";
  // A weighing of the gate is no line of a day and has an address of its own.
  const address = entry.address ?? `${dayOf(entry)}${entry.module}/${entry.id ? `${entry.id}/` : ""}${isDelete ? "delete/" : ""}`;
  const version = entry.id ? { version: String(entry.version) } : {};
  const confirmed = entry.confirmed ? { confirmed: entry.confirmed } : {};
  const values = isDelete ? {} : entry.values;
  const isPart = entry.id && entry.changed;
  const sent = isPart ? Object.fromEntries(Object.entries(values).filter(([name]) => entry.changed.includes(name))) : values;
  return {
    ...entry,
    request: {
      address,
      values,
      // A line that never left this machine cannot be saved already.
      since: entry.request?.since ?? (navigator.onLine ? Date.now() : undefined),
      body: { ...sent, ...version, ...confirmed, person, submission_key: entry.request?.body.submission_key ?? entry.key ?? newId() },
    },
  };
}

async function post(address, body) {
  const token = cookie("__Host-csrftoken") ?? cookie("csrftoken");
  const response = await fetch(address, {
    method: "POST",
    body: new URLSearchParams(body),
    // With the time at which it was typed, it says how long it waited, whatever this clock shows.
    headers: { Accept: "application/json", "X-Sent-At": new Date().toISOString(), ...(token ? { "X-CSRFToken": token } : {}) },
    redirect: "manual",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (response.type === "opaqueredirect") return { state: "signed-out" };
  if (AWAY.includes(response.status)) return { state: "away" };
  const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
  const answer = isJson ? await response.json().catch(() => null) : null;
  if ([...RESPONSES, ...NOT_SENT].includes(answer?.state)) return answer;
  return { state: response.status === 403 ? "csrf" : "unread", code: response.status };
}

// Return whose session this is, none without one. The CSRF token, which changes with the session, is renewed.
async function sessionPerson() {
  const response = await fetch(document.documentElement.dataset.who, { headers: { Accept: "application/json" }, redirect: "manual" });
  return response.ok ? String((await response.json()).person) : null;
}

async function attempt(address, body) {
  const wasOnline = navigator.onLine;
  try {
    const answer = await post(address, body);
    if (answer.state !== "csrf") return answer;
    return (await sessionPerson()) ? await post(address, body) : { state: "signed-out" };
  } catch {
    return { state: "away", isUnsent: !wasOnline };
  }
}

// Post a body and return the answer, whatever became of the connection.
export async function exchange(address, body) {
  const answer = await attempt(address, body);
  setNetwork({ away: "away", "signed-out": "signed-out", "another-person": "another" }[answer.state] ?? "connected");
  return answer;
}

const isDoubtful = (entry) => Boolean(entry.request?.since) && Date.now() - entry.request.since > DOUBTFUL_AFTER_MS && !entry.id;

// Pasted lines of a day are sent together, each with its own key; one that failed once goes alone.
const goesWith = (first, entry) =>
  Boolean(entry.batch) && !entry.id && !entry.act && !entry.tries && !isDoubtful(entry) && ["site", "date", "module"].every((name) => entry[name] === first[name]);

async function sendTogether(entries) {
  const sent = entries.map(withRequest);
  for (const entry of sent) put({ ...entry, state: "saving" });
  const lines = JSON.stringify(sent.map(({ request }) => request.body));
  const answer = await exchange(`${dayOf(sent[0])}${sent[0].module}/many/`, { person, lines });
  if (answer.state !== "many") return sent.map((entry) => handleResponse(entry, answer)).every(Boolean);
  sent.forEach((entry, place) => {
    const isLast = place === sent.length - 1;
    handleResponse(entry, isLast ? { ...answer.responses[place], parts: answer.parts } : answer.responses[place]);
  });
  return true;
}

// Send one line. Returns whether the next one may be sent.
async function send(entry) {
  if (isDoubtful(entry)) {
    const { request, tries, next, ...rest } = entry;
    put({ ...rest, state: "doubtful", since: request.since });
    return true;
  }
  const sent = withRequest(entry);
  put(sent.state === "waiting" ? { ...sent, state: "saving" } : sent);
  return handleResponse(sent, await exchange(sent.request.address, sent.request.body));
}

function handleResponse(sent, answer) {
  const now = get(sent.uid) ?? sent;
  if (NOT_SENT.includes(answer.state)) {
    put(now.state === "saving" ? { ...now, state: "waiting" } : now);
    failures += 1;
    return false;
  }
  failures = 0;
  if (answer.state === "unread" || answer.state === "csrf") postpone(now, answer.code);
  else applyResponse(sent, now, answer);
  return true;
}

// The portal answered with an error: the line keeps its key and is sent again later, after the others.
function postpone(entry, code) {
  const tries = (entry.tries ?? 0) + 1;
  const state = ["waiting", "saving", "stuck"].includes(entry.state) ? (tries > SILENT_RETRIES ? "stuck" : "waiting") : entry.state;
  put({ ...entry, state, tries, next: Date.now() + retryDelay(tries - 1), problem: state === "stuck" ? { code } : entry.problem });
}

// The response is about what was sent; what was typed since is not saved yet.
function applyResponse(sent, now, answer) {
  const { request, confirmed, key, tries, next, ...rest } = now;
  const isEditedSince = sent.act !== "delete" && JSON.stringify(now.values) !== JSON.stringify(sent.request.values);
  const isAccepted = answer.state === "saved" || answer.state === "deleted";
  // Deleted by another person, or by an earlier request whose response was lost.
  if (sent.act === "delete" && answer.state === "gone") {
    finish({ ...rest, state: "deleted" }, { state: "deleted", parts: {} });
  } else if (isAccepted && !isEditedSince) {
    finish({ ...rest, id: answer.id ?? rest.id, version: answer.version, state: answer.state }, answer);
  } else if (isAccepted) {
    // What was typed back since differs from what is saved now, though not from what was there before.
    const typedSince = Object.keys(now.values).filter((name) => now.values[name] !== sent.request.values[name]);
    const changed = [...new Set([...(now.changed ?? []), ...typedSince])];
    put({ ...rest, changed, id: answer.id, version: answer.version, state: now.state === "saving" ? "waiting" : now.state }, answer);
  } else if (isEditedSince) {
    put({ ...rest, state: now.state === "saving" ? "waiting" : now.state });
  } else {
    // Warnings keep the key: the confirmation is about the same line.
    const kept = answer.state === "asks" ? { key: request.body.submission_key } : {};
    put({ ...rest, ...kept, since: request.since, state: answer.state, problem: answer }, answer);
  }
}

async function sendAll() {
  // Another tab may have sent some of them a moment ago.
  refresh();
  for (;;) {
    const due = all().filter(isDue);
    if (!due.length) return;
    const end = due.findIndex((entry) => !goesWith(due[0], entry));
    const together = due.slice(0, Math.min(end < 0 ? due.length : end, TOGETHER));
    const isSent = together.length > 1 ? await sendTogether(together) : await send(due[0]);
    if (!isSent) return;
  }
}

function retryLater() {
  clearTimeout(timer);
  const waiting = all().filter(isWaiting);
  const soonest = Math.min(...waiting.map(pauseOf));
  if (waiting.length) timer = setTimeout(flush, Math.max(soonest, retryDelay(failures)));
}

// Look whether the person has signed in again, so that the sheet does not go on saying that nobody is.
async function checkSession() {
  if (!["signed-out", "another"].includes(network.state)) return;
  const found = await sessionPerson().catch(() => null);
  if (found) setNetwork(found === person ? "connected" : "another");
}

// Send the waiting lines, unless another tab is sending; then retry later.
export async function flush() {
  clearTimeout(timer);
  if (running) return;
  running = true;
  try {
    if (!all().some(isWaiting)) await checkSession();
    else if (navigator.locks) await navigator.locks.request(`deskops:lines:${person}`, { ifAvailable: true }, (lock) => lock && sendAll());
    else await sendAll();
  } finally {
    running = false;
    retryLater();
  }
}

export function start() {
  for (const event of ["online", "focus", "pageshow"]) window.addEventListener(event, flush);
  document.addEventListener("visibilitychange", () => document.hidden || flush());
  window.addEventListener("offline", () => setNetwork("away"));
  flush();
}
