// What a person can do with a line that cannot be sent any more: copy its text, move it to another day or site, remove it.

import { copyText } from "./clipboard.js";
import { discard } from "./drafts.js";
import { flush } from "./outbox.js";
import { root, rowOf, rowOfUid } from "./row.js";
import { drop, get, newId, nextPlace, put } from "./store.js";

function remove(uid) {
  const row = rowOfUid(uid);
  if (row) discard(row);
  else drop(uid);
}

export function moveTo(uid, { site, siteName, date }) {
  const { request, problem, confirmed, key, version, tries, next, since, changed, otherDate, otherSite, ownDate, ownSite, ...rest } = get(uid);
  remove(uid);
  put({ ...rest, uid: newId(), id: null, version: null, site, siteName, date, path: undefined, state: "waiting", left: nextPlace() });
}

root.addEventListener("click", (event) => {
  const button = event.target.closest("[data-cannot]");
  if (!button) return;
  const within = button.closest("[data-uid]");
  const { uid } = within.dataset;
  if (button.dataset.cannot === "copy") {
    const done = button.parentElement.querySelector("[data-copied]");
    copyText((get(uid).shown ?? "").replaceAll(" · ", "\t")).then(() => {
      done.hidden = false;
    });
  } else if (button.dataset.cannot === "remove") {
    remove(uid);
  } else {
    const sites = within.querySelector("[name=move-site]");
    const date = within.querySelector("[name=move-date]");
    if (!date.reportValidity() || !sites.value) return;
    moveTo(uid, { site: Number(sites.value), siteName: sites.selectedOptions[0].text.trim(), date: date.value });
    flush();
  }
});

// A choice of another day or site is not a cell of the line.
root.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("[name=move-date], [name=move-site]")) {
    event.preventDefault();
    (rowOf(event.target) ?? event.target.closest("[data-uid]")).querySelector("[data-cannot=move]").click();
  }
});
