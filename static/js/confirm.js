// A warning is confirmed with one key: its button has the focus. Escape goes back to the field that was left last.

let lastFieldId = "";

document.addEventListener("focusout", (event) => {
  if (event.target.id && event.target.matches("input, select, textarea")) lastFieldId = event.target.id;
});

document.addEventListener("keydown", (event) => {
  const button = event.key === "Escape" ? event.target.closest("[data-confirms]") : null;
  if (!button) return;
  event.preventDefault();
  const left = document.getElementById(lastFieldId);
  const field = left?.form === button.form ? left : button.form.querySelector("input:not([type=hidden]), select, textarea");
  field?.focus();
  field?.select?.();
});
