// Keeps what was answered in this browser until the camp has confirmed it, and sends it later where that failed.
//
//   <form data-keeps-answer="<attempt>" data-question-page="?q=3" hx-post=…>
//                                              with #unsent, #sent-later and data-unsettled in it, which are shown
//                                              as they come true, and the field started_from: the answer that the
//                                              camp had when this one was begun; data-is-refused: what stands in
//                                              the form has been sent, and was not taken
//   <a data-drops-answer>                      takes the camp's answer; the one kept here is forgotten
//   <form data-flushes-answers="<attempt>">    sends what is still here before an attempt is handed in
//   <div data-forgets-answers="<attempt>">     the attempt is over
//
// htmx sends the answer on the page; answers to other questions of the attempt are sent from here.

import { token } from "./csrf_token.js";

const RETRY_MS = 10_000;
const UNSENT = ["offline", "broken", "unowned"]; // kept here until it gets through
const form = document.querySelector("[data-keeps-answer], [data-flushes-answers]");
const over = document.querySelector("[data-forgets-answers]");
const attempt = form?.dataset.keepsAnswer ?? form?.dataset.flushesAnswers ?? over?.dataset.forgetsAnswers;
const prefix = `answer:${attempt}:`;
const own = form?.dataset.keepsAnswer ? new URL(form.action).pathname : "";
let sending = "";
let isUnderWay = false;
let isUnsaved = false; // also where another tab with the same question has forgotten what was kept
let waiting = null; // the button that was pressed while an answer was under way
let retry = 0;

const bodyOf = () => {
  const content = new FormData(form);
  content.delete("csrfmiddlewaretoken");
  content.delete("started_from");
  return new URLSearchParams(content).toString();
};
const startedFrom = () => form.elements.started_from.value;

function read(path) {
  try {
    return JSON.parse(localStorage.getItem(prefix + path));
  } catch {
    return null;
  }
}

function write(path, kept) {
  try {
    if (kept) localStorage.setItem(prefix + path, JSON.stringify(kept));
    else localStorage.removeItem(prefix + path);
  } catch {
    // A browser that keeps nothing: the camp's own saving is all there is.
  }
}

function paths() {
  try {
    return Object.keys(localStorage)
      .filter((key) => key.startsWith(prefix))
      .map((key) => key.slice(prefix.length));
  } catch {
    return [];
  }
}

function show(id, isShown) {
  const place = document.getElementById(id);
  if (place) place.hidden = !isShown;
}

function showUnsent(became) {
  const words = document.querySelectorAll("#unsent [data-failed]");
  for (const one of words) one.hidden = one.dataset.failed !== became;
  show("unsent", [...words].some((one) => !one.hidden));
}

// What became of an answer that was sent. Only what the camp has confirmed, or can never take, is forgotten here.
function outcome(status) {
  if (status >= 200 && status < 300) return "sent";
  if (status === 409) return "over"; // handed in from elsewhere
  if (status === 412) return "overtaken"; // another was saved meanwhile: which holds is asked
  if (status === 422) return "refused"; // it stays with whoever typed it
  if (status === 401 || status === 403 || status === 404) return "unowned"; // signed out, or in as somebody else
  return status === 0 ? "offline" : "broken"; // to be tried again: nothing came back, or a fault did
}

async function send(path) {
  const kept = read(path);
  if (!kept) return "sent";
  let answer;
  try {
    answer = await fetch(path, {
      method: "POST",
      body: new URLSearchParams(`${kept.body}&${new URLSearchParams({ started_from: kept.over })}`),
      headers: { "X-CSRFToken": token() ?? form.elements.csrfmiddlewaretoken.value, "HX-Request": "true" },
    });
  } catch {
    return "offline";
  }
  const became = answer.redirected ? "broken" : outcome(answer.status);
  if ((became === "sent" || became === "over") && read(path)?.body === kept.body) write(path, null);
  return became;
}

// Sends everything kept but the answer on the page, and tries again what has failed. What did not get through: an
// answer's path by what became of it.
async function flush() {
  const held = new Map();
  let hasSent = false;
  for (const path of paths().filter((one) => one !== own)) {
    const became = await send(path);
    if (became === "sent") hasSent = true;
    else if (became !== "over") held.set(became, path);
  }
  showUnsettled(held);
  if (hasSent) show("sent-later", true);
  if (UNSENT.some((became) => held.has(became))) againLater();
  return held;
}

function showUnsettled(held) {
  for (const place of document.querySelectorAll("[data-unsettled]")) {
    const path = held.get(place.dataset.unsettled);
    place.hidden = !path;
    if (!path) continue;
    const page = read(path)?.page ?? "";
    place.querySelector("a").href = `/attempts/${attempt}/${page}`;
    const words = place.querySelector("[data-says]");
    if (words) words.textContent = words.dataset.says.replace("{number}", new URLSearchParams(page).get("q"));
  }
}

function restore() {
  const kept = read(own);
  if (!kept) return;
  if (kept.body === bodyOf()) {
    if (!("isRefused" in form.dataset)) write(own, null); // it is what the camp has
    return;
  }
  // Where the camp has another answer by now than it was typed over, it says so and asks which holds.
  form.elements.started_from.value = kept.over;
  const fields = new URLSearchParams(kept.body);
  for (const field of form.elements) {
    if (field.name !== "response") continue;
    if (field.type === "radio" || field.type === "checkbox") field.checked = fields.getAll("response").includes(field.value);
    else field.value = fields.get("response") ?? "";
  }
  form.dispatchEvent(new Event("input", { bubbles: true }));
}

function keep() {
  write(own, { body: bodyOf(), over: startedFrom(), page: form.dataset.questionPage });
}

function again() {
  if (own && (isUnsaved || read(own))) form.dispatchEvent(new Event("change", { bubbles: true }));
  flush();
}

function againLater() {
  clearTimeout(retry);
  retry = setTimeout(again, RETRY_MS);
}

function afterRequest(event) {
  if (event.detail.elt !== form) return;
  isUnderWay = false;
  const { xhr } = event.detail;
  const became = outcome(xhr?.status ?? 0);
  if (became === "over") {
    write(own, null);
    location.reload(); // the page is the result now
    return;
  }
  showUnsent(became);
  isUnsaved = UNSENT.includes(became);
  if (isUnsaved) againLater();
  if (became !== "sent") return;
  const kept = read(own);
  if (kept?.body === sending) write(own, null);
  else if (kept?.body === bodyOf()) keep(); // typed on meanwhile; what another tab keeps started from elsewhere
}

// The form must not leave with what it started from before the answer under way is kept: the two would be taken for
// answers from two tabs. Who presses again has waited long enough.
function holdWhileUnderWay(event) {
  if (!isUnderWay || waiting) return;
  event.preventDefault();
  waiting = event.submitter;
}

function leave() {
  // What came back may have put a twin in its place.
  const button = waiting && [...form.elements].find((one) => one.name === waiting.name && one.value === waiting.value);
  waiting = null;
  if (button) form.requestSubmit(button);
}

if (over) {
  for (const path of paths()) write(path, null);
} else if (form) {
  document.addEventListener("DOMContentLoaded", () => {
    if (own) restore();
    flush();
  });
  window.addEventListener("online", again);
  // A page that a browser has set aside as it was comes back with an answer that may be another by now.
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());
}
if (own) {
  form.addEventListener("input", keep);
  form.addEventListener("change", (event) => event.target !== form && keep());
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt !== form) return;
    sending = bodyOf();
    isUnderWay = true;
  });
  document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
    // A whole page of what is wrong, as comes with 429, is nothing to put beside the answer.
    if (detail.requestConfig.elt === form && UNSENT.includes(outcome(detail.xhr.status))) detail.shouldSwap = false;
  });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    afterRequest(event);
    if (!isUnderWay) leave();
  });
  form.addEventListener("submit", holdWhileUnderWay);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-drops-answer]")) write(own, null);
  });
} else if (form) {
  form.addEventListener("submit", async (event) => {
    if (!paths().length) return;
    event.preventDefault();
    const held = await flush();
    showUnsent(UNSENT.find((became) => held.has(became)));
    if (!held.size) form.submit();
  });
}
