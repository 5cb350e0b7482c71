// Copies of day sheets that this browser keeps for working without a connection belong to one person: where somebody else
// is signed in, or nobody, there are none.

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
