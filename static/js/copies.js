// What this browser keeps of day sheets belongs to one person. Copies for working without a connection: where somebody else
// is signed in, or nobody, there are none. Lines that wait: whichever page their person opens sends them.

const { person } = document.documentElement.dataset;
const OF = "deskops:copies-of";

const forget = () => "caches" in window && caches.delete("deskops-pages");

if (localStorage.getItem(OF) !== person) {
  forget();
  localStorage.setItem(OF, person);
}

document.addEventListener("submit", (event) => {
  if (event.target.action?.includes("/logout/")) forget();
});

const isWaiting = person && Object.keys(localStorage).some((key) => key.startsWith(`deskops:line:${person}:`));
if (isWaiting && !document.getElementById("sheet")) import("./day/outbox.js").then(({ start }) => start());
