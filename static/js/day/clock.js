// Tells the person when the operating day ends while its sheet is open: lines are still saved on the sheet's own day.

import { root } from "./row.js";

const CHECK_MS = 20_000;
const CONFIRM_MS = 5 * 60_000;
const notice = document.getElementById("day-over");
let endsAt = Date.parse(root.dataset.endsAt);
let confirmedAt = Date.now();

function show(today, href) {
  notice.hidden = false;
  notice.querySelector("[data-text]").textContent = notice.dataset.text.replace("{today}", today);
  notice.querySelector("a").href = href;
}

// The portal's clock decides, by the site's time zone and the start of its day.
async function confirm() {
  confirmedAt = Date.now();
  const response = await fetch(notice.dataset.clock, { headers: { Accept: "application/json", "X-Background": "true" }, redirect: "manual" });
  if (!response.ok) return;
  const clock = await response.json();
  endsAt = Date.parse(clock.ends_at);
  if (clock.today === root.dataset.date) notice.hidden = true;
  else show(clock.label, clock.address);
}

function check() {
  const isOver = Date.now() >= endsAt;
  // Without a connection the clock of this machine has to do.
  if (isOver && notice.hidden) show(notice.dataset.next, notice.dataset.nextAddress);
  if (isOver ? Date.now() - confirmedAt > CHECK_MS / 2 : Date.now() - confirmedAt > CONFIRM_MS) confirm().catch(() => {});
}

if (notice) {
  setInterval(check, CHECK_MS);
  for (const name of ["focus", "pageshow"]) window.addEventListener(name, check);
  document.addEventListener("visibilitychange", () => document.hidden || check());
}
