// A choice that is the whole form, such as the site switch, needs no second press.

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
});

// The way back must not show the choice that led away.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const field of document.querySelectorAll("[data-submit-on-change]")) field.form.reset();
});
