// What needs passkeys shows where the browser has them, and says so in words when one was not used.

if (window.PublicKeyCredential) {
  for (const part of document.querySelectorAll("[data-needs-passkeys]")) part.hidden = false;
}

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  for (const sentence of document.querySelectorAll("[data-passkey-failed]")) {
    sentence.hidden = false;
    sentence.setAttribute("role", "alert");
  }
});
