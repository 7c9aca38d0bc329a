// Says in the status line that there is no connection: a run that is waited for goes on, what was to be sent was not.
// What the line said before stays beneath (lab.css hides it) and is seen again once the connection is back.
//
//   <div id="run-status" role="status">…</div>
//   <template data-connection="waiting"><p data-connection-says="waiting">…</p></template>   also "unsent", "unsure"

const line = document.getElementById("run-status");

const look = () => document.getElementById("run-poll");
const isLook = (element) => element.id === "run-poll";

function say(what) {
  if (line.querySelector(`[data-connection-says="${what}"]`)) return; // or it would be spoken again and again
  unsay();
  line.append(document.querySelector(`template[data-connection="${what}"]`).content.cloneNode(true));
}

function unsay(which = "") {
  line.querySelector(`[data-connection-says${which}]`)?.remove();
}

window.addEventListener("offline", () => {
  if (look()) say("waiting");
});

window.addEventListener("online", () => {
  unsay('="waiting"');
  if (look()) htmx.trigger(look(), "run-news");
  const form = document.getElementById("lab-form");
  if (form) htmx.trigger(form, "input"); // the picture of what was typed meanwhile
});

// Nothing leaves, so nothing can have arrived.
document.body.addEventListener("htmx:beforeRequest", (event) => {
  if (navigator.onLine) return;
  event.preventDefault();
  say(isLook(event.detail.elt) ? "waiting" : "unsent");
});

// It had left, or was on its way.
document.body.addEventListener("htmx:sendError", ({ detail }) => {
  if (isLook(detail.elt)) say("waiting");
  else say(detail.requestConfig.verb === "post" && detail.elt.matches("form") ? "unsure" : "unsent");
});

// Any answer, whatever it says; but one that had arrived when the connection went is the last for now.
document.body.addEventListener("htmx:beforeOnLoad", ({ detail }) => {
  if (navigator.onLine && isLook(detail.elt)) unsay('="waiting"');
});
document.body.addEventListener("htmx:afterSwap", () => {
  if (!navigator.onLine && look()) say("waiting");
});
