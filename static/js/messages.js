// Messages: each can be dismissed, and those of a request without a response are created here.

const region = () => document.getElementById("messages");

function addDismiss(toast) {
  if (toast.querySelector(".toast__dismiss")) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "toast__dismiss";
  button.setAttribute("aria-label", region().dataset.dismiss);
  button.textContent = "×";
  button.addEventListener("click", () => toast.remove());
  toast.append(button);
}

function show(sentence) {
  for (const shown of region().querySelectorAll(".toast")) {
    if (shown.dataset.sentence === sentence) shown.remove();
  }
  const toast = document.createElement("div");
  toast.className = "toast toast--error";
  toast.dataset.sentence = sentence;
  const text = document.createElement("p");
  text.textContent = sentence;
  toast.append(text);
  addDismiss(toast);
  region().append(toast);
  toast.scrollIntoView({ block: "nearest" });
}

const addEveryDismiss = () => region()?.querySelectorAll(".toast").forEach(addDismiss);

addEveryDismiss();
document.addEventListener("htmx:afterSettle", addEveryDismiss);
document.addEventListener("deskops:message", ({ detail }) => {
  const { name, n, lines } = typeof detail === "string" ? { name: detail } : detail;
  show(region().dataset[name].replace("{n}", n).replace("{lines}", lines));
});
