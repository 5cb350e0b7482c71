// The gate: weights of the weighbridge are taken over, and weighings are sent by the outbox, which keeps each one in this
// browser until the portal has answered. A ticket number is shown only once the portal has given it.

import { keepCopies } from "./day/offline.js";
import { flush, isWaiting, network, start } from "./day/outbox.js";
import { all, drop, get, keepsOnThisMachine, listen, newId, nextPlace, put, watch } from "./day/store.js";

const root = document.getElementById("gate");
const box = document.getElementById("gate-unsent");
const first = document.getElementById("gate-first");
const FIELDS = "input[name=first_ton], input[name=second_ton]";
const NOT_VALUES = ["csrfmiddlewaretoken", "submission_key", "confirmed"];
const NEEDS_ATTENTION = ["refused", "asks", "closed", "forbidden", "gone", "doubtful", "stuck"];
// The weighings that were saved since the page was opened, with their tickets.
const tickets = new Map();
// The weighing that was just entered and has no answer yet, and its form.
let pending = null;
let lastField = document.querySelector(FIELDS);

// --- Weights of the weighbridge go into the field in which the person was last

document.addEventListener("focusin", ({ target }) => {
  if (target.matches(FIELDS)) lastField = target;
});

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-weight]");
  if (!button || !lastField?.isConnected) return;
  lastField.value = button.dataset.weight;
  lastField.dispatchEvent(new Event("input", { bubbles: true }));
  lastField.focus();
});

// --- Plates without a connection: those that the copy of this page in the browser knows

const OFFERED = 8;
const isAway = ({ type, detail }) => type === "htmx:sendError" || [502, 503, 504].includes(detail.xhr.status);
const lettersOf = (plate) =>
  plate
    .normalize("NFKC")
    .toUpperCase()
    .replace(/[^\p{L}\p{N}]/gu, "");

async function knownPlates() {
  if (!document.getElementById("gate-known") && "caches" in window) {
    const copy = await caches.match(root.dataset.address, { cacheName: "deskops-pages" });
    const known = copy && new DOMParser().parseFromString(await copy.text(), "text/html").getElementById("gate-known");
    if (known && !document.getElementById("gate-known")) root.after(document.adoptNode(known));
  }
  return [...document.querySelectorAll("#gate-known template")].map((template) => ({ template, letters: lettersOf(template.dataset.plate) }));
}

async function answerFromCopy(event) {
  if (!isAway(event) || !event.target.matches("#gate-first :is([name=plate], .gate__vehicle)")) return;
  const typed = lettersOf(first.elements.plate.value);
  const known = await knownPlates();
  if (event.target.name === "plate") {
    const offered = typed ? known.filter(({ letters }) => letters.includes(typed)).slice(0, OFFERED) : [];
    document.getElementById("gate_plates").replaceChildren(...offered.map(({ template }) => new Option("", template.dataset.plate)));
  } else {
    const same = known.find(({ letters }) => letters === typed);
    event.target.replaceChildren(...(same ? [same.template.content.cloneNode(true)] : []));
  }
}

for (const name of ["htmx:sendError", "htmx:responseError"]) document.addEventListener(name, answerFromCopy);

// --- Entering a weighing

const ours = () => all().filter((entry) => entry.gate === root.dataset.site);
const loadOf = (form) => form.closest("[data-load], [data-key]");
const chosenText = (form, name) => form.elements[name]?.selectedOptions?.[0]?.text;

function entryOf(form, submitter) {
  const data = new FormData(form, submitter);
  const values = Object.fromEntries([...data].filter(([name]) => !NOT_VALUES.includes(name)));
  const isFirst = form.dataset.weighing === "in";
  const load = loadOf(form);
  const identity = isFirst ? { load_key: form.dataset.key || newId() } : load.dataset.load ? { load: load.dataset.load } : { load_key: load.dataset.key };
  const plate = isFirst ? values.plate.toUpperCase() : form.dataset.plate;
  const ton = `${values.first_ton ?? values.second_ton} t`;
  const shown = { in: [ton, chosenText(form, "material")], out: [ton], reject: [`${box.dataset.rejected}: ${values.reason}`] }[form.dataset.weighing];
  const now = new Date();
  const at = now.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return {
    uid: newId(),
    gate: root.dataset.site,
    path: root.dataset.address,
    address: isFirst ? root.dataset.in : root.dataset.out,
    siteName: root.dataset.siteName,
    date: now.toLocaleDateString("sv-SE"),
    module: "gate",
    id: null,
    weighing: form.dataset.weighing,
    plate,
    details: [...shown, at].join(" · "),
    shown: [plate, ...shown, at].join(" · "),
    values: { ...values, ...identity, weighed_at: now.toISOString() },
    confirmed: data.get("confirmed") || undefined,
    state: "waiting",
    left: nextPlace(),
  };
}

function setBusy(form, isBusy) {
  for (const button of form.querySelectorAll("[type=submit]")) button.disabled = isBusy;
}

// A first weighing is of a transfer on its way here, or of any other lorry.
function setTransfer(transfer) {
  const note = first.querySelector("[data-transfer]");
  first.elements.transfer.value = transfer;
  note.hidden = !transfer;
  const link = transfer && root.querySelector(`a[data-transfer="${transfer}"]`);
  if (link) note.querySelector("[data-from]").textContent = link.dataset.from;
}

document.addEventListener("click", (event) => {
  const { transfer, ...values } = event.target.closest("a[data-transfer]")?.dataset ?? {};
  if (!transfer) return;
  event.preventDefault();
  setTransfer(transfer);
  const { material } = first.elements;
  // It may be inactive, and no choice for other lorries.
  if (![...material.options].some(({ value }) => value === values.material)) material.add(new Option(values.materialName, values.material));
  for (const name of ["plate", "material", "carrier", "container", "reference"]) if (first.elements[name]) first.elements[name].value = values[name];
  first.querySelector("[name=module][value=received]").checked = true;
  first.elements.plate.dispatchEvent(new Event("change", { bubbles: true }));
  const next = first.elements[values.plate ? "first_ton" : "plate"];
  next.scrollIntoView({ block: "center" });
  next.focus();
});

const clearProblem = (form) => form.querySelector("[data-problem], .form-summary, .notice:not([data-transfer])")?.remove();

function showProblem(form, { state, messages, confirmation }) {
  const content = box.querySelector(`template[data-problem=${state === "asks" ? "asks" : "errors"}]`).content.cloneNode(true);
  content.querySelector("[data-list]").replaceChildren(...messages.map(itemOf));
  const confirmed = content.querySelector("[name=confirmed]");
  if (confirmed) confirmed.value = confirmation;
  form.prepend(content);
  form.querySelector("[data-problem]").scrollIntoView({ block: "nearest" });
  if (!confirmed) form.querySelector("[data-problem]").focus();
}

function itemOf(text) {
  const item = document.createElement("li");
  item.textContent = text;
  return item;
}

function clear(form) {
  form.reset();
  delete form.dataset.key;
  clearProblem(form);
  if (form !== first) return;
  setTransfer("");
  root.querySelector(".gate__vehicle").replaceChildren();
  form.elements.plate.focus();
}

// The weighing stays in this browser: the next lorry can be weighed.
function keep() {
  const { form } = pending;
  pending = null;
  setBusy(form, false);
  clear(form);
  show();
}

async function enter(form, submitter) {
  if (!form.reportValidity()) return;
  const entry = entryOf(form, submitter);
  clearProblem(form);
  setBusy(form, true);
  pending = { uid: entry.uid, form };
  put(entry);
  await flush();
  if (pending?.uid === entry.uid) keep();
}

function answered(entry, answer) {
  if (!answer || entry?.gate !== root.dataset.site) return;
  const isPending = pending?.uid === entry.uid;
  const form = pending?.form;
  if (isPending) {
    pending = null;
    setBusy(form, false);
  }
  if (answer.state === "saved") {
    if (isPending && answer.ticket) return location.assign(answer.ticket);
    if (isPending) clear(form);
    else if (answer.ticket) tickets.set(entry.uid, { ...answer, plate: entry.plate });
    show();
    refresh();
  } else if (isPending && answer.messages && form.isConnected) {
    drop(entry.uid);
    showProblem(form, answer);
    if (form === first) form.dataset.key = entry.values.load_key;
  }
}

// Read the lorries on site and the last tickets again; what is typed at a lorry stays.
async function refresh() {
  const response = await fetch(root.dataset.address, { redirect: "manual" }).catch(() => null);
  if (!response?.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const id of ["gate-on-site", "gate-in-transit", "gate-tickets"]) {
    const part = page.getElementById(id);
    if (!part) return;
    const before = document.getElementById(id);
    for (const field of before.querySelectorAll("input[id]")) {
      const same = part.querySelector(`#${CSS.escape(field.id)}`);
      if (same && field.value) same.value = field.value;
    }
    const { activeElement } = document;
    const focused = before.contains(activeElement) ? activeElement.id : "";
    before.replaceWith(document.adoptNode(part));
    if (focused) document.getElementById(focused)?.focus();
  }
  show();
}

// --- The weighings that are not sent yet

function stateOf(entry) {
  if (NEEDS_ATTENTION.includes(entry.state)) return box.dataset[entry.state] ?? "";
  if (entry.state === "saving" && network.state !== "away") return box.dataset.saving;
  return entry.weighing === "out" ? box.dataset.waiting : box.dataset.waitingIn;
}

// A lorry leaves when it is weighed out or rejected.
const isOut = (entry, { load, key }) => entry.weighing !== "in" && (entry.values.load ? entry.values.load === load : Boolean(key) && entry.values.load_key === key);

function fill(item, entry, entries) {
  item.dataset.uid = entry.uid;
  item.querySelector("[data-plate]").textContent = entry.plate;
  item.querySelector("[data-shown]").textContent = entry.details;
  item.querySelector("[data-state]").textContent = stateOf(entry);
  const needsAttention = NEEDS_ATTENTION.includes(entry.state);
  const messages = item.querySelector("[data-messages]");
  const texts = (needsAttention && entry.problem?.messages) || [];
  messages.hidden = !texts.length;
  messages.replaceChildren(...texts.map(itemOf));
  item.querySelector("[data-acts]").hidden = !needsAttention;
  item.querySelector("[data-act=confirm]").hidden = entry.state !== "asks";
  item.querySelector("[data-act=again]").hidden = entry.state === "asks" || entry.state === "refused";
  const [out, rejection] = item.querySelectorAll("form");
  const isOnSite = entry.weighing === "in" && !needsAttention && !("with_stored_tare" in entry.values);
  out.hidden = !isOnSite || entries.some((other) => isOut(other, { key: entry.values.load_key }));
  item.querySelector("details").hidden = out.hidden;
  if (!isOnSite) return;
  item.dataset.key = entry.values.load_key;
  for (const form of [out, rejection]) {
    form.dataset.plate = entry.plate;
    form.elements.module.value = entry.values.module;
  }
}

function status(entries) {
  const parts = [];
  if (network.state === "signed-out") parts.push(box.dataset.signedOut);
  if (network.state === "another") parts.push(box.dataset.another);
  if (!keepsOnThisMachine()) parts.push(box.dataset.notKept);
  else if (entries.some(isWaiting)) parts.push(box.dataset.kept);
  return parts.join(" ");
}

function show() {
  const entries = ours().filter((entry) => entry.uid !== pending?.uid);
  box.hidden = !entries.length && !tickets.size;
  box.querySelector("[data-count]").textContent = `(${entries.length})`;
  const text = status(entries);
  const line = box.querySelector("[data-status]");
  if (line.textContent !== text) line.textContent = text;
  box.querySelector("[data-sign-in]").hidden = !["signed-out", "another"].includes(network.state);
  box.querySelector("[data-send]").hidden = !entries.some(isWaiting);
  // An item keeps its place and its fields, one of which may be in use.
  const list = box.querySelector(".gate__entries");
  const shown = new Map([...list.children].map((item) => [item.dataset.uid, item]));
  const items = entries.map((entry) => {
    const item = shown.get(entry.uid) ?? box.querySelector("template[data-entry]").content.firstElementChild.cloneNode(true);
    fill(item, entry, entries);
    return item;
  });
  const done = [...tickets].map(([uid, answer]) => shown.get(`ticket-${uid}`) ?? ticketOf(`ticket-${uid}`, answer));
  const wanted = [...items, ...done];
  for (const item of shown.values()) if (!wanted.includes(item)) item.remove();
  for (const item of wanted) if (!item.isConnected) list.append(item);
  for (const article of root.querySelectorAll("article[data-load]")) {
    const out = entries.find((entry) => isOut(entry, article.dataset));
    article.classList.toggle("gate__load--left", Boolean(out));
    for (const part of article.querySelectorAll("form, details")) part.hidden = Boolean(out);
  }
  for (const link of root.querySelectorAll("a[data-transfer]")) {
    link.closest("article").hidden = entries.some(({ values }) => values.transfer === link.dataset.transfer);
  }
}

function ticketOf(uid, { ticket, number, plate }) {
  const item = box.querySelector("template[data-done]").content.firstElementChild.cloneNode(true);
  item.dataset.uid = uid;
  item.querySelector("a").href = ticket;
  item.querySelector("[data-text]").textContent = [number, plate].filter(Boolean).join(" · ");
  return item;
}

// Put a weighing that was not saved back into its form.
function edit(entry) {
  const load = [...root.querySelectorAll("article[data-load]"), ...box.querySelectorAll("[data-key]")].find((each) => isOut(entry, each.dataset));
  const form = entry.weighing === "in" ? first : load?.querySelector(`form[data-weighing=${entry.weighing}]`);
  if (!form) return;
  drop(entry.uid);
  for (const [name, value] of Object.entries(entry.values)) if (form.elements[name]) form.elements[name].value = value;
  if (form === first) setTransfer(entry.values.transfer ?? "");
  if (form === first) form.dataset.key = entry.values.load_key;
  show();
  clearProblem(form);
  if (entry.problem?.messages) showProblem(form, { ...entry.problem, state: "refused" });
  const details = form.closest("details");
  if (details) details.open = true;
  form.querySelector(`${FIELDS}, [name=reason]`).focus();
}

const ACTS = {
  confirm: (entry) => put({ ...entry, confirmed: entry.problem.confirmation, problem: undefined, state: "waiting" }),
  again: ({ tries, next, since, problem, ...entry }) => put({ ...entry, state: "waiting" }),
  edit,
  remove: (entry) => window.confirm(box.dataset.remove) && drop(entry.uid),
};

box?.addEventListener("click", ({ target }) => {
  if (target.closest("[data-send]")) flush();
  const act = target.closest("[data-act]")?.dataset.act;
  const entry = act && get(target.closest("[data-uid]").dataset.uid);
  if (!entry) return;
  ACTS[act](entry);
  flush();
});

if (root) {
  for (const part of [root, box]) {
    part.addEventListener("submit", (event) => {
      if (!event.target.dataset.weighing) return;
      event.preventDefault();
      enter(event.target, event.submitter);
    });
  }
  listen(answered);
  watch(show);
  document.addEventListener("deskops:network", show);
  keepCopies({ ...root.dataset, address: root.dataset.copy });
  start();
  show();
  root.dataset.ready = "";
}
