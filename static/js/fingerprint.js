// A file that is chosen or dropped to be checked is fingerprinted here, so that it need not travel; then the form is
// sent without it. Where the browser cannot (no TLS, a file beyond its memory), the form sends the file.

const MOST_BYTES = 1_000_000_000;

async function fingerprint(file) {
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function check(form, input) {
  const file = input.files[0];
  if (!file || !globalThis.crypto?.subtle || file.size > MOST_BYTES) return;
  const help = form.querySelector("[data-working]");
  help.textContent = help.dataset.working;
  try {
    form.elements.sha256.value = await fingerprint(file);
  } catch {
    // It could not be read here; the form sends it.
    return;
  }
  input.value = "";
  form.requestSubmit();
}

for (const form of document.querySelectorAll("[data-fingerprint-form]")) {
  form.elements.file.addEventListener("change", (event) => check(form, event.target));
}
