// Light or dark, wide or narrow: at once, while the server remembers it for the next page.

const root = document.documentElement;

function remember(form, submitter) {
  fetch(form.action, { method: "POST", body: new FormData(form, submitter), redirect: "manual" });
}

document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (form.matches("[data-theme-form]") && submitter) {
    event.preventDefault();
    root.dataset.theme = submitter.value;
    for (const button of form.querySelectorAll("[aria-pressed]")) {
      button.setAttribute("aria-pressed", String(button === submitter));
    }
    remember(form, submitter);
  }
  if (form.matches("[data-sidebar-form]")) {
    event.preventDefault();
    const narrow = root.dataset.sidebar !== "rail";
    root.dataset.sidebar = narrow ? "rail" : "wide";
    submitter?.setAttribute("aria-pressed", String(narrow));
    remember(form, submitter);
  }
});
