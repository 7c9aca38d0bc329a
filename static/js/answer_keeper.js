// Keeps what was answered in this browser until the camp has confirmed it, and sends it later where that failed.
//
//   <form data-keeps-answer="<attempt>" data-saved-at="<seconds>" hx-post=…>   with #unsent and #sent-later in it
//   <form data-flushes-answers="<attempt>">    sends what is still here before an attempt is handed in
//   <div data-forgets-answers="<attempt>">     the attempt is over
//
// htmx sends the answer on the page; answers to other questions of the attempt are sent from here.

const RETRY_MS = 10_000;
const form = document.querySelector("[data-keeps-answer], [data-flushes-answers]");
const over = document.querySelector("[data-forgets-answers]");
const attempt = form?.dataset.keepsAnswer ?? form?.dataset.flushesAnswers ?? over?.dataset.forgetsAnswers;
const prefix = `answer:${attempt}:`;
const own = form?.dataset.keepsAnswer ? new URL(form.action).pathname : "";
let sending = "";
let retry = 0;

const bodyOf = () => {
  const content = new FormData(form);
  content.delete("csrfmiddlewaretoken");
  return new URLSearchParams(content).toString();
};

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

// What became of an answer that was sent. Only what the camp has confirmed, or can never take, is forgotten here.
function outcome(status) {
  if (status >= 200 && status < 300) return "sent";
  if (status === 409) return "over"; // handed in from elsewhere
  if (status === 422) return "refused"; // it stays with whoever typed it
  return "failed"; // to be tried again: no connection, a fault, a session that has ended
}

async function send(path) {
  const kept = read(path);
  if (!kept) return "sent";
  let answer;
  try {
    answer = await fetch(path, {
      method: "POST",
      body: new URLSearchParams(kept.body),
      headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value, "HX-Request": "true" },
    });
  } catch {
    return "failed";
  }
  const became = answer.redirected ? "failed" : outcome(answer.status);
  if ((became === "sent" || became === "over") && read(path)?.body === kept.body) write(path, null);
  return became;
}

// Everything kept but the answer on the page; whether all of it has got through. What has not is tried again.
async function flush() {
  let hasFailed = false;
  let hasSent = false;
  for (const path of paths().filter((one) => one !== own)) {
    const became = await send(path);
    hasFailed ||= became === "failed";
    hasSent ||= became === "sent";
  }
  if (hasSent) show("sent-later", true);
  clearTimeout(retry);
  if (hasFailed) retry = setTimeout(flush, RETRY_MS);
  return !hasFailed;
}

function restore() {
  const kept = read(own);
  // Typed over another answer than the camp has now: that one came later, from elsewhere.
  if (!kept || kept.over !== form.dataset.savedAt) {
    write(own, null);
    return;
  }
  if (kept.body === bodyOf()) return;
  const fields = new URLSearchParams(kept.body);
  for (const field of form.elements) {
    if (field.name !== "response") continue;
    if (field.type === "radio" || field.type === "checkbox") field.checked = fields.getAll("response").includes(field.value);
    else field.value = fields.get("response") ?? "";
  }
  form.dispatchEvent(new Event("input", { bubbles: true }));
}

function keep() {
  write(own, { body: bodyOf(), over: form.dataset.savedAt });
}

function again() {
  if (own && read(own)) form.dispatchEvent(new Event("change", { bubbles: true }));
  flush();
}

function afterRequest(event) {
  if (event.detail.elt !== form) return;
  const { xhr } = event.detail;
  const became = outcome(xhr?.status ?? 0);
  if (became === "over") {
    write(own, null);
    location.reload(); // the page is the result now
    return;
  }
  show("unsent", became === "failed");
  if (became === "failed") setTimeout(again, RETRY_MS);
  if (became !== "sent") return;
  form.dataset.savedAt = xhr.getResponseHeader("X-Saved-At") ?? "";
  const kept = read(own);
  if (kept?.body === sending) write(own, null);
  else if (kept) write(own, { ...kept, over: form.dataset.savedAt }); // typed on meanwhile
}

if (over) {
  for (const path of paths()) write(path, null);
} else if (form) {
  document.addEventListener("DOMContentLoaded", () => {
    if (own) restore();
    flush();
  });
  window.addEventListener("online", again);
}
if (own) {
  form.addEventListener("input", keep);
  form.addEventListener("change", (event) => event.target !== form && keep());
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt === form) sending = bodyOf();
  });
  document.body.addEventListener("htmx:afterRequest", afterRequest);
} else if (form) {
  form.addEventListener("submit", async (event) => {
    if (!paths().length) return;
    event.preventDefault();
    const isThrough = await flush();
    show("unsent", !isThrough);
    if (isThrough) form.submit();
  });
}
