// What every htmx request of the portal does: it proves where it comes from, whether nobody asked for it, and says when
// it failed.

const say = (name) => document.dispatchEvent(new CustomEvent("deskops:message", { detail: name }));

function cookie(name) {
  return document.cookie.match(new RegExp(`(?:^|; )${name}=([^;]+)`))?.[1];
}

// The cookie knows the token of now, also after signing in again in another tab.
document.addEventListener("htmx:configRequest", (event) => {
  // Of the page itself ("load", "every 3s"): it does not keep the session of a person who has left.
  if (!event.detail.triggeringEvent) event.detail.headers["X-Background"] = "true";
  const token = cookie("__Host-csrftoken") ?? cookie("csrftoken");
  if (!token || event.detail.verb === "get") return;
  event.detail.headers["X-CSRFToken"] = token;
  const { formData } = event.detail;
  if (formData.has("csrfmiddlewaretoken")) formData.set("csrfmiddlewaretoken", token);
});

// Signed out meanwhile: the sign-in page must not be put into the middle of this one.
document.addEventListener("htmx:beforeSwap", (event) => {
  const answeredBy = new URL(event.detail.xhr.responseURL, location.href).pathname;
  if (!answeredBy.startsWith("/accounts/") || location.pathname.startsWith("/accounts/")) return;
  event.detail.shouldSwap = false;
  say("signedOut");
});

// What such a part shows is a help, without which the page works.
const isQuiet = (event) => Boolean(event.target.closest?.("[data-quiet]"));

document.addEventListener("htmx:responseError", (event) => {
  if (isQuiet(event)) return;
  const { status } = event.detail.xhr;
  say({ 403: "refused", 404: "gone", 429: "busy", 503: "busy" }[status] ?? "failed");
});

document.addEventListener("htmx:sendError", (event) => isQuiet(event) || say("offline"));
