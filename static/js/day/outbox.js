// Sends what waits: in the order in which the lines were left, each once, and again and again until there is an answer.

import { all, finish, get, newId, person, put } from "./store.js";

const PATIENCE_MS = 20_000;
const PAUSES_MS = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000];
// The portal remembers an answered key for a day; a line whose answer was lost longer ago may be there already.
const DOUBTFUL_AFTER_MS = 20 * 60 * 60 * 1_000;
const AWAY = [408, 429, 502, 503, 504];
const ANSWERS = ["saved", "deleted", "refused", "asks", "conflict", "closed", "forbidden", "gone", "doubtful", "checked"];
const NOT_NOW = ["away", "signed-out", "another-person"];
// So often a line is sent again quietly after an answer that says nothing about it.
const QUIETLY = 2;

export const line = { connection: "unknown" };
let failures = 0;
let timer = 0;
let running = false;

function cookie(name) {
  return document.cookie.match(new RegExp(`(?:^|; )${name}=([^;]+)`))?.[1];
}

function standing(connection) {
  line.connection = connection;
  document.dispatchEvent(new CustomEvent("deskops:standing"));
}

export const isWaiting = (entry) => entry.state === "waiting" || Boolean(entry.request);
const isDue = (entry) => isWaiting(entry) && !(entry.next > Date.now());
const pause = (times) => PAUSES_MS[Math.min(times, PAUSES_MS.length - 1)];

// Whether a line that the portal cannot take was put right. Under the same key it is not saved beside the first.
function isPutRight({ state, tries, act, values, request }) {
  return Boolean(tries) && state === "waiting" && act !== "delete" && JSON.stringify(values) !== JSON.stringify(request.values);
}

// What is sent is fixed before the first attempt: the same key always carries the same line.
function withRequest(entry) {
  if (entry.request && !isPutRight(entry)) return entry;
  const isDelete = entry.act === "delete";
  const address = `${entry.path}${entry.module}/${entry.id ? `${entry.id}/` : ""}${isDelete ? "delete/" : ""}`;
  const version = entry.id ? { version: String(entry.version) } : {};
  const confirmed = entry.confirmed ? { confirmed: entry.confirmed } : {};
  const values = isDelete ? {} : entry.values;
  return {
    ...entry,
    request: {
      address,
      values,
      since: entry.request?.since ?? Date.now(),
      body: { ...values, ...version, ...confirmed, person, submission_key: entry.request?.body.submission_key ?? entry.key ?? newId() },
    },
  };
}

export async function post(address, body) {
  const token = cookie("csrftoken");
  const response = await fetch(address, {
    method: "POST",
    body: new URLSearchParams(body),
    headers: { Accept: "application/json", ...(token ? { "X-CSRFToken": token } : {}) },
    redirect: "manual",
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (response.type === "opaqueredirect") return { state: "signed-out" };
  if (AWAY.includes(response.status)) return { state: "away" };
  const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
  const answer = isJson ? await response.json().catch(() => null) : null;
  if ([...ANSWERS, ...NOT_NOW].includes(answer?.state)) return answer;
  return { state: response.status === 403 ? "no-proof" : "unread", code: response.status };
}

// The proof of where a request comes from is renewed with the session.
async function renewProof() {
  await fetch(document.documentElement.dataset.who, { headers: { Accept: "application/json" }, redirect: "manual" });
}

// Send one line. Says whether the next may follow.
async function send(entry) {
  if (entry.request && Date.now() - entry.request.since > DOUBTFUL_AFTER_MS && !entry.id) {
    const { request, tries, next, ...rest } = entry;
    put({ ...rest, state: "doubtful", since: request.since });
    return true;
  }
  const sent = withRequest(entry);
  put(sent.state === "waiting" ? { ...sent, state: "saving" } : sent);
  let answer;
  try {
    answer = await post(sent.request.address, sent.request.body);
    if (answer.state === "no-proof") {
      await renewProof();
      answer = await post(sent.request.address, sent.request.body);
    }
  } catch {
    answer = { state: "away" };
  }
  return heard(sent, answer);
}

function heard(sent, answer) {
  const now = get(sent.uid) ?? sent;
  if (NOT_NOW.includes(answer.state)) {
    put(now.state === "saving" ? { ...now, state: "waiting" } : now);
    standing({ "signed-out": "signed-out", "another-person": "another" }[answer.state] ?? "away");
    failures += 1;
    return false;
  }
  failures = 0;
  standing("there");
  if (answer.state === "unread" || answer.state === "no-proof") setAside(now, answer.code);
  else settle(sent, now, answer);
  return true;
}

// The portal is there and says nothing about this line: it keeps its key and is sent again later, after the others.
function setAside(entry, code) {
  const tries = (entry.tries ?? 0) + 1;
  const state = ["waiting", "saving", "stuck"].includes(entry.state) ? (tries > QUIETLY ? "stuck" : "waiting") : entry.state;
  put({ ...entry, state, tries, next: Date.now() + pause(tries - 1), told: state === "stuck" ? { code } : entry.told });
}

// What the portal said is about what was sent; what was typed since is not answered yet.
function settle(sent, now, answer) {
  const { request, confirmed, key, tries, next, ...rest } = now;
  const isTypedSince = sent.act !== "delete" && JSON.stringify(now.values) !== JSON.stringify(sent.request.values);
  const isTaken = answer.state === "saved" || answer.state === "deleted";
  // Deleted by somebody else, or before the answer got lost: either way it is gone as asked.
  if (sent.act === "delete" && answer.state === "gone") {
    finish({ ...rest, state: "deleted" }, { state: "deleted", parts: {} });
  } else if (isTaken && !isTypedSince) {
    finish({ ...rest, id: answer.id, version: answer.version, state: answer.state }, answer);
  } else if (isTaken) {
    put({ ...rest, id: answer.id, version: answer.version, state: now.state === "saving" ? "waiting" : now.state }, answer);
  } else if (isTypedSince) {
    put({ ...rest, state: now.state === "saving" ? "waiting" : now.state });
  } else {
    // An unanswered question keeps its key: the answer to it is about the same line.
    const kept = answer.state === "asks" ? { key: request.body.submission_key } : {};
    put({ ...rest, ...kept, since: request.since, state: answer.state, told: answer }, answer);
  }
}

async function sendAll() {
  for (;;) {
    const next = all().find(isDue);
    if (!next || !(await send(next))) return;
  }
}

function again() {
  clearTimeout(timer);
  const waiting = all().filter(isWaiting);
  const soonest = Math.min(...waiting.map((entry) => entry.next ?? 0)) - Date.now();
  if (waiting.length) timer = setTimeout(kick, Math.max(soonest, pause(failures)));
}

// Send what waits, unless another tab is at it; then look again later.
export async function kick() {
  clearTimeout(timer);
  if (running) return;
  running = true;
  try {
    if (!all().some(isWaiting)) return;
    if (navigator.locks) await navigator.locks.request(`deskops:lines:${person}`, { ifAvailable: true }, (lock) => lock && sendAll());
    else await sendAll();
  } finally {
    running = false;
    again();
  }
}

export function start() {
  for (const event of ["online", "focus", "pageshow"]) window.addEventListener(event, kick);
  document.addEventListener("visibilitychange", () => document.hidden || kick());
  window.addEventListener("offline", () => standing("away"));
  kick();
}
