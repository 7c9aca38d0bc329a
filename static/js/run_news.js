// Looks at a run at once when the server tells that it changed. Where event streams do not work, the looks that the
// page makes anyway, each a little later, remain.
//
//   <div id="run-poll" data-events="/api/v1/jobs/…/events/" hx-trigger="…, run-news"></div>

let source = null;

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

document.body.addEventListener("htmx:afterSettle", listen);
listen();
