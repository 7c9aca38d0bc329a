// Writes out a cell of the step that a lesson shows, as the lab does; each viewer of a page by itself.
//
//   <div class="cell-viewer" data-live-call="{…}" data-step-shown="softmax"> … </div>   templates/lab/widgets/_attention.html
//
// Another step is drawn by the server; the cell chosen stays, and with it the focus.

import { explain } from "./attention/explain.js";
import { CellReader } from "./viewer/cell_reader.js";
import { focusCell } from "./viewer/grid_keys.js";

const readers = new Map(); // by the id of the widget

function begin(widget) {
  const viewer = widget.querySelector(".cell-viewer");
  if (!viewer) return;
  const { call, parameters, ...known } = JSON.parse(viewer.dataset.liveCall);
  // The panel stands below the tables: it must not come and go as a mouse passes over them.
  const step = () => reader.viewer.dataset.stepShown;
  const reader = readers.get(widget.id) ?? new CellReader({ step, followsMouse: false });
  readers.set(widget.id, reader);
  const isSmall = call !== null; // else too large to be computed at once
  reader.read(viewer, {
    ...known,
    head: known.window.head - 1,
    call: isSmall ? { ...call, parameters } : null,
    stages: isSmall ? explain({ ...call, parameters }) : null,
  });
  reader.point();
  if (!widget.dataset.isHeard) listen(widget, reader);
}

function listen(widget, reader) {
  let hadCell = false;
  widget.dataset.isHeard = "yes";
  widget.addEventListener("keydown", ({ target, key, altKey, ctrlKey, metaKey }) => {
    if (/^[np]$/i.test(key) && reader.viewer.contains(target) && !altKey && !ctrlKey && !metaKey) {
      goBy(widget, key.toLowerCase() === "n" ? 1 : -1);
    }
  });
  widget.addEventListener("htmx:beforeSwap", () => {
    hadCell = reader.viewer.contains(document.activeElement);
  });
  widget.addEventListener("htmx:afterSwap", ({ target }) => {
    if (target.id !== `${widget.id}-picture`) return; // what is told beside it
    begin(widget);
    if (!hadCell) return;
    if (reader.cell) focusCell(reader.cell);
    else widget.querySelector(".steps [aria-current]").focus();
  });
}

function goBy(widget, by) {
  const steps = [...widget.querySelectorAll(".steps button")];
  steps[steps.findIndex((one) => one.hasAttribute("aria-current")) + by]?.click();
}

for (const viewer of document.querySelectorAll(".cell-viewer")) begin(viewer.closest(".widget"));
