// Says at a form what became of it when the answer was none: nothing else on the page changes, and all that was typed
// stays as it is.
//
//   <form data-says-failure hx-post=…>
//     <p data-failure="offline" hidden>…</p>     nothing came back
//     <p data-failure="refused" hidden>…</p>     the form cannot be taken as things stand
//     <p data-failure="broken" hidden>…</p>      just now it cannot
//     <p data-failure="hurried" hidden><span data-says="… {seconds} …"></span></p>
//                                                nor before so many seconds have passed

const WORDED = 422; // such an answer is the form itself, with what was wrong

function say(form, failure) {
  for (const words of form.querySelectorAll("[data-failure]")) words.hidden = words.dataset.failure !== failure;
}

function sayWhen(form, seconds) {
  const words = form.querySelector('[data-failure="hurried"] [data-says]');
  words.textContent = words.dataset.says.replace("{seconds}", seconds);
  say(form, "hurried");
}

const own = (event) => event.detail.elt.matches?.("[data-says-failure]") && event.detail.elt;

document.addEventListener("htmx:beforeRequest", (event) => own(event) && say(event.detail.elt, ""));
document.addEventListener("htmx:sendError", (event) => own(event) && say(event.detail.elt, "offline"));
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  const { status } = xhr;
  const form = event.detail.requestConfig.elt;
  if (!form.matches("[data-says-failure]") || status < 400 || status === WORDED) return;
  event.detail.shouldSwap = false;
  const seconds = status === 429 && Number(xhr.getResponseHeader("Retry-After"));
  if (seconds) sayWhen(form, seconds);
  else say(form, status >= 500 || status === 429 ? "broken" : "refused");
});
