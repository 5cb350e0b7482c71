// A weight of the weighbridge goes into the field in which the person was last: a first or a second weighing.

const FIELDS = "input[name=first_ton], input[name=second_ton]";
let last = document.querySelector(FIELDS);

document.addEventListener("focusin", ({ target }) => {
  if (target.matches(FIELDS)) last = target;
});

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-weight]");
  if (!button || !last?.isConnected) return;
  last.value = button.dataset.weight;
  last.dispatchEvent(new Event("input", { bubbles: true }));
  last.focus();
});
