// A signature is drawn with a finger, a pen or the mouse, and sent as a picture.

const WIDTH = 3;

function prepare(form) {
  const pad = form.querySelector("canvas");
  const pen = pad.getContext("2d");
  const save = form.querySelector("[type=submit]");
  let isDrawing = false;

  function clear() {
    pen.fillStyle = "white";
    pen.fillRect(0, 0, pad.width, pad.height);
    save.disabled = true;
  }

  function place({ clientX, clientY }) {
    const { left, top, width, height } = pad.getBoundingClientRect();
    return [((clientX - left) * pad.width) / width, ((clientY - top) * pad.height) / height];
  }

  pad.addEventListener("pointerdown", (event) => {
    isDrawing = true;
    pad.setPointerCapture(event.pointerId);
    pen.lineWidth = WIDTH;
    pen.lineCap = "round";
    pen.strokeStyle = "black";
    pen.beginPath();
    pen.moveTo(...place(event));
  });
  pad.addEventListener("pointermove", (event) => {
    if (!isDrawing) return;
    for (const each of event.getCoalescedEvents?.() ?? [event]) pen.lineTo(...place(each));
    pen.stroke();
    save.disabled = false;
  });
  for (const name of ["pointerup", "pointercancel"]) pad.addEventListener(name, () => (isDrawing = false));
  form.addEventListener("reset", clear);
  form.addEventListener("submit", () => {
    form.elements.signature.value = pad.toDataURL("image/png");
  });
  clear();
  form.hidden = false;
}

for (const form of document.querySelectorAll("form[data-signature]")) prepare(form);
