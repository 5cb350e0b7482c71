// After a form that failed, the person stands where the mistake is: at the summary, else at the first field.

function focusFirstError(within) {
  const summary = within.matches?.(".form-summary") ? within : within.querySelector(".form-summary");
  (summary ?? within.querySelector("[aria-invalid=true]"))?.focus();
}

focusFirstError(document);

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.xhr?.status === 422) focusFirstError(event.detail.elt);
});

// A link of the summary leads into the field, not only to it.
document.addEventListener("click", (event) => {
  const link = event.target.closest(".form-summary a[href^='#']");
  const field = link && document.getElementById(link.hash.slice(1));
  if (!field) return;
  event.preventDefault();
  const control = field.matches("input, select, textarea") ? field : field.querySelector("input, select, textarea");
  control?.focus();
});
