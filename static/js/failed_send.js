// Says at a form what became of it when the answer was none: nothing else on the page changes, and all that was typed
// stays as it is.
//
//   <form data-says-failure hx-post=…>
//     <p data-failure="offline" hidden>…</p>     nothing came back
//     <p data-failure="refused" hidden>…</p>     the form cannot be taken as things stand
//     <p data-failure="broken" hidden>…</p>      just now it cannot

const WORDED = 422; // such an answer is the form itself, with what was wrong

function say(form, failure) {
  for (const words of form.querySelectorAll("[data-failure]")) words.hidden = words.dataset.failure !== failure;
}

const own = (event) => event.detail.elt.matches?.("[data-says-failure]") && event.detail.elt;

document.addEventListener("htmx:beforeRequest", (event) => own(event) && say(event.detail.elt, ""));
document.addEventListener("htmx:sendError", (event) => own(event) && say(event.detail.elt, "offline"));
document.addEventListener("htmx:beforeSwap", (event) => {
  const { status } = event.detail.xhr;
  const form = event.detail.requestConfig.elt;
  if (!form.matches("[data-says-failure]") || status < 400 || status === WORDED) return;
  event.detail.shouldSwap = false;
  say(form, status >= 500 || status === 429 ? "broken" : "refused");
});
