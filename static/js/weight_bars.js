// Sliders beside the weights of an answer. Moving a bar writes whole points (0.34) and the others give or take; a weight
// that is typed, also 1/3, moves its own bar alone, and the sum is told.
//
//   <fieldset data-weights>
//     <span data-with-bars="…">
//     <div data-bar><label>k1</label><input type="text" name="response"></div> …
//     <template data-bar-parts> one control </template>
//     <button type="button" data-all-equal hidden>  <output data-sum data-says="Sum: {sum}">

import { readNumber } from "./matrix_text.js";
import { Bars, shared } from "./predict_bars.js";

const POINTS = 100;

class WeightBars extends Bars {
  constructor(fieldset) {
    super(fieldset);
    fieldset.form.addEventListener("input", () => this.draw()); // also when an answer kept in the browser is put back
  }

  // Where nothing was given yet the bars stand as equal as points allow; the fields stay empty.
  points(place) {
    const texts = this.texts ?? [];
    if (texts.every((text) => !text.trim())) return shared(POINTS, texts.map(() => 0))[place] ?? 0;
    try {
      return Math.min(Math.max(Math.round(POINTS * readNumber(texts[place])), 0), POINTS);
    } catch {
      return 0; // not a number yet
    }
  }

  get texts() {
    return this.bars?.map(({ input }) => input.value);
  }

  write(points) {
    this.put(points.map(([place, value]) => [place, String(value / POINTS)]));
  }

  put(texts) {
    for (const [place, text] of texts) this.bars[place].input.value = text;
    this.bars[0].input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  allEqual() {
    for (const bar of this.bars) bar.pin.checked = false;
    this.put(this.bars.map((_bar, place) => [place, `1/${this.bars.length}`]));
  }

  replace() {} // the number stays beside its slider

  draw() {
    super.draw();
    const place = this.form.querySelector("[data-sum]");
    let sum = 0;
    try {
      for (const text of this.texts) sum += readNumber(text);
    } catch {
      sum = null; // not all are numbers yet
    }
    place.textContent = sum === null ? "" : place.dataset.says.replace("{sum}", String(Number(sum.toFixed(4))));
  }
}

function enhance(root) {
  const found = root.matches?.("[data-weights]") ? [root] : root.querySelectorAll("[data-weights]");
  for (const fieldset of found) {
    if (fieldset.dataset.weights !== "ready") new WeightBars(fieldset);
    fieldset.dataset.weights = "ready";
  }
}

enhance(document);
document.addEventListener("htmx:load", (event) => enhance(event.detail.elt));
