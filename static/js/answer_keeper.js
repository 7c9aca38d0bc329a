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
// htmx sends the answer on the page; answers to other questions of the attempt are sent from here. That an answer is
// kept is said once it is on the disk.

import { token } from "./csrf_token.js";
import { changeKept, pathsKept, readKept, writeKept } from "./kept_answers.js";

const RETRY_MS = 10_000;
const UNSENT = ["offline", "broken", "unowned"]; // kept here until it gets through
const form = document.querySelector("[data-keeps-answer], [data-flushes-answers]");
const over = document.querySelector("[data-forgets-answers]");
const attempt = form?.dataset.keepsAnswer ?? form?.dataset.flushesAnswers ?? over?.dataset.forgetsAnswers;
const own = form?.dataset.keepsAnswer ? new URL(form.action).pathname : "";
const found = own && readKept(attempt, own);
let keeping = Promise.resolve(true); // whether what was typed last is on the disk
let hasTyped = Boolean(own) && [...form.elements].some(isTouched); // while the page was coming, too
let sending = "";
let isClear = false; // nothing is kept here for other questions, as far as this page could know
let underWay = 0; // answers sent of which it is not yet settled what became of them
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

// Of some types an answer has several fields with names of their own, as response-weights.
function isAnswer(field) {
  return field.name === "response" || field.name?.startsWith("response-");
}

function isTouched(field) {
  return isAnswer(field) && (field.checked !== field.defaultChecked || field.value !== (field.defaultValue ?? field.value));
}

function forget(path, body) {
  return changeKept(attempt, path, (kept) => (kept?.body === body ? null : undefined));
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
  const kept = await readKept(attempt, path);
  if (!kept) return "known";
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
  if (became === "sent" || became === "over") await forget(path, kept.body);
  // What the form itself brought when it was left is still kept here: the camp has it, and there is nothing to tell.
  return became === "sent" && answer.headers.get("Answer-Is-New") === "no" ? "known" : became;
}

// Sends everything kept but the answer on the page, and tries again what has failed. What did not get through: an
// answer's path by what became of it.
async function flush() {
  const held = new Map();
  isClear = false;
  let hasSent = false;
  for (const path of (await pathsKept(attempt)).filter((one) => one !== own)) {
    const became = await send(path);
    if (became === "sent") hasSent = true;
    else if (became !== "over" && became !== "known") held.set(became, path);
  }
  isClear = !held.size;
  await showUnsettled(held);
  if (hasSent) show("sent-later", true);
  if (UNSENT.some((became) => held.has(became))) againLater();
  return held;
}

async function showUnsettled(held) {
  for (const place of document.querySelectorAll("[data-unsettled]")) {
    const path = held.get(place.dataset.unsettled);
    place.hidden = !path;
    if (!path) continue;
    const page = (await readKept(attempt, path))?.page ?? "";
    place.querySelector("a").href = `/attempts/${attempt}/${page}`;
    const words = place.querySelector("[data-says]");
    if (words) words.textContent = words.dataset.says.replace("{number}", new URLSearchParams(page).get("q"));
  }
}

async function restore() {
  const kept = await found;
  if (hasTyped) {
    form.dispatchEvent(new Event("change", { bubbles: true })); // before htmx could hear of it
    return;
  }
  if (!kept) return;
  if (kept.body === bodyOf()) {
    if (!("isRefused" in form.dataset)) await forget(own, kept.body); // it is what the camp has
    return;
  }
  // Where the camp has another answer by now than it was typed over, it says so and asks which holds.
  form.elements.started_from.value = kept.over;
  const answer = new URLSearchParams(kept.body);
  const texts = new Map();
  for (const field of form.elements) {
    if (!isAnswer(field)) continue;
    const given = answer.getAll(field.name);
    if (!texts.has(field.name)) texts.set(field.name, [...given]);
    if (field.type === "radio" || field.type === "checkbox") field.checked = given.includes(field.value);
    // Of several selects each has values of its own.
    else if (field.options) field.selectedIndex = [...field.options].findIndex((one) => given.includes(one.value));
    else field.value = texts.get(field.name).shift() ?? ""; // a row of weights has a text a bar
  }
  form.dispatchEvent(new Event("input", { bubbles: true }));
}

function asTyped() {
  return { body: bodyOf(), over: startedFrom(), page: form.dataset.questionPage };
}

function keep() {
  hasTyped = true;
  keeping = writeKept(attempt, own, asTyped());
}

async function again() {
  if (own && (isUnsaved || (await readKept(attempt, own)))) form.dispatchEvent(new Event("change", { bubbles: true }));
  flush();
}

function againLater() {
  clearTimeout(retry);
  retry = setTimeout(again, RETRY_MS);
}

async function settle(status) {
  const became = outcome(status);
  const sent = sending;
  if (became === "over") {
    await writeKept(attempt, own, null);
    location.reload(); // the page is the result now
    return;
  }
  isUnsaved = UNSENT.includes(became);
  if (isUnsaved) {
    againLater();
    const isKept = await keeping;
    if (isUnsaved) showUnsent(isKept ? became : "unkept"); // else another has got through meanwhile
    return;
  }
  showUnsent(became);
  if (became !== "sent") return;
  await changeKept(attempt, own, (kept) => {
    if (kept?.body === sent) return null;
    // Typed on meanwhile; what another tab keeps started from elsewhere.
    return kept?.body === bodyOf() ? asTyped() : undefined;
  });
}

async function afterRequest({ detail }) {
  if (detail.elt !== form) return;
  await settle(detail.xhr?.status ?? 0);
  underWay -= 1;
  if (!underWay) leave();
}

// The form must not leave with what it started from before the answer under way is kept: the two would be taken for
// answers from two tabs. Who presses again has waited long enough.
function holdWhileUnderWay(event) {
  if (!underWay || waiting) return;
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
  pathsKept(attempt).then((paths) => paths.forEach((path) => writeKept(attempt, path, null)));
} else if (form) {
  document.addEventListener("DOMContentLoaded", async () => {
    if (own) await restore();
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
    underWay += 1;
  });
  document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
    // A whole page of what is wrong, as comes with 429, is nothing to put beside the answer.
    if (detail.requestConfig.elt === form && UNSENT.includes(outcome(detail.xhr.status))) detail.shouldSwap = false;
  });
  document.body.addEventListener("htmx:afterRequest", afterRequest);
  form.addEventListener("submit", holdWhileUnderWay);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-drops-answer]")) writeKept(attempt, own, null);
  });
} else if (form) {
  window.addEventListener("focus", flush); // whoever comes back may have typed in another tab
  form.addEventListener("submit", async (event) => {
    if (isClear) return;
    event.preventDefault();
    const held = await flush();
    showUnsent(UNSENT.find((became) => held.has(became)));
    if (!held.size) form.submit();
  });
}
