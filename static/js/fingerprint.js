// A file that is to be checked is fingerprinted here when the form is sent, so that it need not travel. The file stays
// chosen. Where the browser cannot (no TLS, a file beyond its memory), the form sends the file.

const MOST_BYTES = 1_000_000_000;

async function fingerprint(file) {
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function check(form, input) {
  const help = form.querySelector("[data-working]");
  const usual = help.textContent;
  help.textContent = help.dataset.working;
  try {
    form.elements.name.value = input.files[0].name;
    form.elements.sha256.value = await fingerprint(input.files[0]);
    // A disabled input is not sent, and keeps its file.
    input.disabled = true;
  } catch {
    // It could not be read here; the form sends it.
    form.dataset.sendsFile = "";
  }
  form.requestSubmit();
  input.disabled = false;
  help.textContent = usual;
}

for (const form of document.querySelectorAll("[data-fingerprint-form]")) {
  const input = form.elements.file;
  form.addEventListener("submit", (event) => {
    const file = input.files[0];
    if (!file || input.disabled || "sendsFile" in form.dataset) return;
    if (!globalThis.crypto?.subtle || file.size > MOST_BYTES) return;
    event.preventDefault();
    // Not sent yet: submit-once.js must not take the next submit for a second one.
    event.stopPropagation();
    check(form, input);
  });
}
