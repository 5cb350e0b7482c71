// The messages about what was not saved or done: fills the page's templates with what is wrong.

import { cellOf, fillList, message } from "./row.js";

// Sending such a line again changes nothing: it can be copied, moved or removed.
export const CANNOT_BE_SENT = ["closed", "forbidden", "gone"];

function fillVersions(content, { versions }) {
  for (const cells of versions) {
    const row = content.querySelector("[data-versions]").insertRow();
    for (const text of cells) row.insertCell().textContent = text || "–";
  }
}

// Where a line may be moved to: at first its own day and site.
function fillPlaces(content, entry) {
  const sites = content.querySelector("[name=move-site]");
  content.querySelector("[data-move]").hidden = entry.act === "delete" || !sites.options.length;
  content.querySelector("[name=move-date]").value = entry.date ?? "";
  if ([...sites.options].some((option) => option.value === String(entry.site))) sites.value = String(entry.site);
}

function fillCannotSend(content, problem, entry) {
  fillList(content, problem.messages ?? (entry.state === "gone" ? [message("goneMessage")] : []));
  fillPlaces(content, entry);
}

// Each number with two readings gets a button for each of them. They come last, as Tab does after the cells.
export function fillErrors(content, { messages = [], readings = {} }, row) {
  fillList(content, messages);
  for (const [name, texts] of Object.entries(readings)) {
    const choices = document.createElement("p");
    choices.className = "line__actions";
    choices.append(
      ...texts.map((text) => {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "btn line__reading";
        button.textContent = text;
        button.dataset.reading = name;
        button.value = text;
        button.setAttribute("aria-label", `${row ? cellOf(row, name).getAttribute("aria-label") : name}: ${text}`);
        return button;
      }),
    );
    content.querySelector("[data-list]").after(choices);
  }
}

const FILLERS = {
  asks: (content, problem) => fillList(content, problem.messages),
  conflict: (content, problem) => {
    const who = content.querySelector("[data-who]");
    who.textContent = who.dataset.text.replace("{who}", problem.changed_by);
    fillVersions(content, problem);
  },
  elsewhere: fillVersions,
  "cannot-send": fillCannotSend,
  doubtful: (content, _problem, entry) => fillList(content, [message("doubtfulMessage", { at: new Date(entry.since).toLocaleString() })]),
  stuck: (content, problem) => fillList(content, [message("stuckMessage", { code: problem.code })]),
  errors: (content, problem, _entry, row) => fillErrors(content, problem, row),
};

// The name of the template for a line.
export function templateOf(entry) {
  if (CANNOT_BE_SENT.includes(entry.state)) return "cannot-send";
  if (entry.state === "asks" && entry.act === "delete") return "asks-delete";
  return entry.state in FILLERS ? entry.state : "errors";
}

export function fillProblem(content, entry, row) {
  const name = templateOf(entry).replace("asks-delete", "asks");
  FILLERS[name](content, entry.problem ?? {}, entry, row);
}

// Why the portal did not do at once what was pressed.
export function whyNotDone({ state, messages, isUnsent }) {
  if (messages) return messages.join(" ");
  if (state === "signed-out") return message("notDoneSignedOut");
  if (state === "another-person") return message("notDoneAnother");
  return message(isUnsent ? "notDoneUnsent" : "notDoneUnknown");
}
