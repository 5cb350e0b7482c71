// Keyboard shortcuts. An element says by `data-shortcut` which keys lead to it: a field takes the focus, a link or a
// button is pressed. They can be switched off, since some people dictate and others bump into keys.

const PATIENCE_MS = 1_200;
const OFF = "shortcuts-off";
const FIELD = ":is(input:not([type=hidden]), select, textarea)";
// Where the keys lead on a page that says nothing else by `data-shortcut`.
const PLACES = { n: `.entry-row ${FIELD}`, "/": `.filter-bar ${FIELD}` };
const dialog = document.getElementById("shortcuts-dialog");
let typed = [];
let lastKeyAt = 0;

const isOff = () => localStorage.getItem(OFF) === "yes";

function isTyping(target) {
  return target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=submit])");
}

function follow(element) {
  if (element.matches("input, select, textarea")) {
    // A form that opens as the target of a link.
    const target = element.closest(".entry-fold");
    if (target && !element.checkVisibility()) location.hash = target.id;
    const fold = element.closest("details");
    if (fold) fold.open = true;
    element.focus();
    element.select?.();
  } else {
    element.click();
  }
}

async function openDialog() {
  const response = await fetch(dialog.dataset.source, { headers: { "HX-Request": "true" } });
  if (!response.ok || response.redirected) return;
  dialog.innerHTML = await response.text();
  // The keys of the page itself come first.
  const own = document.querySelector("[data-page-shortcuts]");
  if (own) dialog.querySelector(".shortcuts").before(own.cloneNode(true));
  showSwitch(dialog);
  dialog.showModal();
}

function showSwitch(within) {
  for (const button of within.querySelectorAll("[data-shortcuts-switch]")) {
    button.hidden = false;
    button.setAttribute("aria-pressed", String(!isOff()));
  }
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
  if (isOff() || dialog?.open || event.key.length > 1 || isTyping(event.target)) return;
  const now = Date.now();
  typed = now - lastKeyAt > PATIENCE_MS ? [event.key] : [...typed, event.key].slice(-2);
  lastKeyAt = now;
  for (const keys of [typed.join(" "), event.key]) {
    const element =
      document.querySelector(`[data-shortcut="${CSS.escape(keys)}"]`) ?? document.querySelector(PLACES[keys] ?? ":not(*)");
    if (!element) continue;
    event.preventDefault();
    typed = [];
    follow(element);
    return;
  }
});

document.addEventListener("click", (event) => {
  if (dialog && event.target.closest("[data-shortcuts]")) {
    event.preventDefault();
    openDialog();
  }
  if (event.target === dialog) dialog.close();
  if (event.target.closest("[data-shortcuts-switch]")) {
    localStorage.setItem(OFF, isOff() ? "no" : "yes");
    showSwitch(document);
  }
});

showSwitch(document);
