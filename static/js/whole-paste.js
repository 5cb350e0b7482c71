// Takes a pasted text whole: the browser cuts what is longer than the field without a word, the portal says how long it may be.

// Insert a text where the cursor is. Texts are stored composed, so that é is one character.
export function insertText(field, text) {
  const plain = text.normalize("NFC");
  const { value, selectionStart, selectionEnd, maxLength } = field;
  const fits = maxLength < 0 || value.length - (selectionEnd - selectionStart) + plain.length <= maxLength;
  // Typed by the browser it can be undone there.
  if (fits && document.execCommand("insertText", false, plain)) return;
  field.setRangeText(plain, selectionStart, selectionEnd, "end");
  field.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertFromPaste" }));
}

document.addEventListener("paste", (event) => {
  const field = event.target;
  // An input for an e-mail address knows no place of the cursor.
  if (event.defaultPrevented || !(field.maxLength > 0) || typeof field.selectionStart !== "number") return;
  const text = event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n");
  if (field.value.length + text.length <= field.maxLength) return;
  event.preventDefault();
  insertText(field, field.matches("textarea") ? text : text.replaceAll("\n", " "));
});
