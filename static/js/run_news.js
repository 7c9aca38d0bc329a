// Looks at a run at once when the server tells that it changed. Where event streams do not work, the looks that the
// page makes anyway, each a little later, remain.
//
//   <div id="run-poll" data-events="/api/v1/jobs/…/events/" hx-trigger="…, run-news"></div>

const LOOKED_EVERY_MS = 4000;
const ANSWERED_WITHIN = 3; // of these; a look that takes longer has lost its answer

let source = null;
let watched = null;
let unanswered = 0;

function listen() {
  const address = document.getElementById("run-poll")?.dataset.events;
  if (!address) {
    source?.close();
    source = null;
    return;
  }
  if (source?.address === address) return;
  source?.close();
  source = new EventSource(address);
  source.address = address;
  for (const name of ["status", "progress", "done"]) {
    source.addEventListener(name, () => {
      const look = document.getElementById("run-poll");
      if (look) htmx.trigger(look, "run-news");
    });
  }
  source.addEventListener("done", (event) => event.target.close());
}

// Each answer to a look brings the next one. One whose answer never came would be the last, so it is made again.
function askAgain() {
  const look = document.getElementById("run-poll");
  unanswered = look && look === watched ? unanswered + 1 : 0;
  watched = look;
  if (unanswered < ANSWERED_WITHIN) return;
  unanswered = 0;
  look.addEventListener("htmx:beforeOnLoad", (late) => late.preventDefault()); // its place is taken
  const next = look.cloneNode();
  look.replaceWith(next); // rather than aborted, of which htmx would complain
  htmx.process(next);
}

// No answer will come: ask again at the next round.
document.body.addEventListener("htmx:sendError", ({ detail }) => {
  if (detail.elt.id !== "run-poll") return;
  watched = detail.elt;
  unanswered = ANSWERED_WITHIN;
});

setInterval(askAgain, LOOKED_EVERY_MS);
document.body.addEventListener("htmx:afterSettle", listen);
listen();
