// Lights what belongs to the cell pointed at and writes it out in the panel beside the tables.
//
//   const reader = new CellReader({ step: () => "softmax", togglePair })   the cell chosen stays while tables are redrawn;
//                                       with followsMouse: false a cell is chosen by a press or a key alone
//   reader.read(viewer, work)   after they were drawn; `work` as in arithmetic.js, with `window` and `shapes`
//   reader.point()              after another step is shown
//
// `viewer` holds tables, a .cell-panel and a place [data-viewer-says]: templates/lab/_cell_panel.html.

import { cellAt, isOutput, isPair, light, placeOf, previousTable, tableOfStep, unlight } from "./cells.js";
import { cellBy, focusCell, watchGrids } from "./grid_keys.js";
import { drawPanel } from "./panel.js";

const REST = 400; // milliseconds at one cell before it is spoken

export class CellReader {
  pinned = null;
  #hovered = null;
  #hasAllDigits = false;
  #speaking = 0;

  constructor({ step, togglePair = null, followsMouse = true }) {
    Object.assign(this, { step, togglePair, followsMouse });
  }

  read(viewer, work) {
    Object.assign(this, { viewer, work, panel: viewer.querySelector(".cell-panel") });
    work.allDigits = this.#hasAllDigits;
    this.#hovered = null;
    this.panel.hidden = false;
    this.panel.querySelector("[data-digits]").ariaPressed = String(this.#hasAllDigits);
    watchGrids(viewer);
    viewer.addEventListener("click", ({ target }) => this.#clicked(target));
    viewer.addEventListener("focusin", ({ target }) => target.matches("td.cell") && this.#pointAt(target, true));
    viewer.addEventListener("keydown", (event) => this.#pressed(event) && event.preventDefault());
    if (!this.followsMouse) return;
    viewer.addEventListener("pointerover", ({ target, pointerType }) => {
      if (pointerType !== "mouse") return;
      const cell = target.closest("td.cell");
      if (cell) this.#pointAt(cell, false);
      else if (this.#hovered) this.#leave(); // on the way to the panel what was chosen stays
    });
    viewer.addEventListener("pointerleave", () => this.#leave());
  }

  // A place stands for its pair in every step, and for the column of the output.
  get place() {
    const place = this.#hovered ?? this.pinned;
    if (!place) return null;
    const own = tableOfStep(this.viewer, this.step());
    if (!own || place.table === own) return place;
    if (isOutput({ table: own })) return { ...place, table: own, column: this.#columnIn(own, place) };
    const table = this.viewer.querySelector(`[data-box="${own}"]`) ? own : previousTable(this.viewer, own) ?? place.table;
    return { ...place, table, column: isOutput(place) ? this.work.window.key - 1 : place.column };
  }

  get cell() {
    const { place } = this;
    return place && cellAt(this.viewer, place, this.work.window);
  }

  point() {
    const { place, cell, panel, viewer } = this;
    panel.classList.toggle("chosen", Boolean(cell));
    if (!cell) {
      panel.querySelector(".hint").hidden = false;
      panel.querySelector(".cell-sums").hidden = true;
      panel.querySelector("[data-pair]").hidden = true;
      unlight(viewer);
      return;
    }
    const valueColumn = place.table === "output" ? this.work.head * this.#widthOfHead() + place.column : place.column;
    light(viewer, place, this.work.window, { isWholeRow: this.step() === "softmax", valueColumn });
    this.draw();
  }

  draw() {
    const { place, cell, panel } = this;
    if (!cell) return;
    const text = drawPanel(panel, this.work, { ...place, shown: cell.title || cell.textContent.trim() }, this.step());
    clearTimeout(this.#speaking);
    if (cell === document.activeElement || panel.contains(document.activeElement)) {
      this.#speaking = setTimeout(() => this.speak(text), REST);
    }
  }

  speak(text) {
    this.viewer.querySelector("[data-viewer-says]").textContent = text;
  }

  // The same column of the head's own output or of all heads'; a pair leads to the head's first.
  #columnIn(table, place) {
    const first = this.work.head * this.#widthOfHead();
    if (!isOutput(place)) return table === "joined" ? first : 0;
    return table === "joined" ? place.column + first : place.column - first;
  }

  #widthOfHead() {
    return this.work.shapes[2][1] / this.work.heads;
  }

  #choose(place) {
    [this.pinned, this.#hovered] = [place, null];
    this.point();
  }

  #pointAt(cell, isPinned) {
    const place = placeOf(cell, this.work.window);
    if (place.column === null || (!isPair(place) && !isOutput(place))) return;
    if (isPinned) this.#choose(place);
    else {
      this.#hovered = place;
      this.point();
    }
  }

  #leave() {
    this.#hovered = null;
    this.point();
  }

  #clicked(target) {
    const button = target.closest("button");
    const cell = target.closest("td.cell");
    if (cell) focusCell(cell);
    else if (button?.dataset.by) this.#moveBy(button.parentElement.dataset.axis, Number(button.dataset.by));
    else if (button?.hasAttribute("data-digits")) this.#toggleDigits(button);
    else if (button?.hasAttribute("data-pair")) this.#hideOrShow();
  }

  #moveBy(axis, by) {
    const { place } = this;
    const moved = { ...place, [axis]: place[axis] + by };
    if (cellAt(this.viewer, moved, this.work.window)) this.#choose(moved);
  }

  #toggleDigits(button) {
    this.#hasAllDigits = !this.#hasAllDigits;
    this.work.allDigits = this.#hasAllDigits;
    button.ariaPressed = String(this.#hasAllDigits);
    this.point();
  }

  #hideOrShow() {
    const { query, column } = this.place;
    this.togglePair(this.work.call, query, column);
  }

  // Whether the key meant something here.
  #pressed(event) {
    const cell = event.target.closest("td.cell");
    const to = cell && cellBy(event, cell);
    if (to) focusCell(to);
    else if (event.key === "Escape") this.#escaped();
    else if (event.key === "Enter" && cell) this.panel.focus();
    else if (event.key === " " && cell) this.#spaced(cell);
    else if (event.key === "?") this.panel.querySelector(".viewer-help").toggleAttribute("open");
    else return false;
    return true;
  }

  #spaced(cell) {
    this.#pointAt(cell, true);
    if (!this.panel.querySelector("[data-pair]").hidden) this.#hideOrShow();
  }

  #escaped() {
    const cell = this.panel.contains(document.activeElement) && this.cell;
    if (cell) focusCell(cell);
    else this.#choose(null);
  }
}
