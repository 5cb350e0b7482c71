// A second press while the first is on its way sends nothing; what was typed stays where it is.

const sent = new Set();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (sent.has(form)) {
    event.preventDefault();
    return;
  }
  sent.add(form);
  // Not disabled: a disabled button's name and value would be missing from what is sent.
  event.submitter?.setAttribute("aria-busy", "true");
});

// Come back to by the browser's own button, the page may be sent again.
window.addEventListener("pageshow", () => {
  sent.clear();
  for (const button of document.querySelectorAll("[type=submit][aria-busy]")) button.removeAttribute("aria-busy");
});
