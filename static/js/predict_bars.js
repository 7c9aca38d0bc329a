// Makes sliders of the numbers of a prediction: moving one bar takes from the others, in proportion, or gives to them.
//
//   <form data-predict>
//     <div data-bar><label>k1</label><input type="number" name="response" value="34"></div> …
//     <template data-bar-parts> one control </template>
//     <button data-lock>  <button type="button" data-all-equal hidden>
//
// The numbers remain the form's fields. Their sum is always 100.

const POINTS = 100;
const STEPS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 };

// `total` in whole parts, in proportion to `weights` (equally if all are 0); what is left goes to the largest remainders.
export function shared(total, weights) {
  const sum = weights.reduce((one, other) => one + other, 0);
  const exact = weights.map((weight) => (sum ? (total * weight) / sum : total / weights.length));
  const parts = exact.map(Math.floor);
  const order = exact.map((_value, place) => place).sort((a, b) => exact[b] - parts[b] - (exact[a] - parts[a]) || a - b);
  let left = total - parts.reduce((one, other) => one + other, 0);
  for (const place of order) {
    if (left <= 0) break;
    parts[place] += 1;
    left -= 1;
  }
  return parts;
}

export class Bars {
  constructor(form) {
    this.form = form;
    this.lock = form.querySelector("[data-lock]"); // none where a row is an answer
    const parts = form.querySelector("[data-bar-parts]");
    this.bars = [...form.querySelectorAll("[data-bar]")].map((row, place) => this.bar(row, place, parts));
    const equal = form.querySelector("[data-all-equal]");
    equal.hidden = false;
    equal.addEventListener("click", () => this.allEqual());
    const help = form.querySelector("[data-with-bars]");
    help.textContent = help.dataset.withBars;
    if (this.lock) this.lock.disabled = true;
    this.draw();
  }

  bar(row, place, parts) {
    const input = row.querySelector("input");
    const label = row.querySelector("label");
    const control = parts.content.firstElementChild.cloneNode(true);
    const name = label.textContent.trim();
    const slider = control.querySelector(".bar-slider");
    const pin = control.querySelector(".bar-pin input");
    label.id = `${input.id}-label`;
    slider.setAttribute("aria-labelledby", label.id);
    pin.id = `${input.id}-pin`;
    pin.setAttribute("aria-describedby", label.id);
    for (const [selector, step] of [[".bar-less", -1], [".bar-more", 1]]) {
      const button = control.querySelector(selector);
      button.setAttribute("aria-label", button.dataset.says.replace("{label}", name));
      button.addEventListener("click", () => this.move(place, this.points(place) + step));
    }
    slider.addEventListener("keydown", (event) => this.key(event, place));
    slider.addEventListener("pointerdown", (event) => {
      slider.setPointerCapture(event.pointerId);
      this.drag(event, place);
    });
    slider.addEventListener("pointermove", (event) => slider.hasPointerCapture(event.pointerId) && this.drag(event, place));
    pin.addEventListener("change", () => this.draw());
    this.replace(input, label);
    row.append(control);
    return { input, name, slider, pin, guess: control.querySelector(".bar-guess"), shown: control.querySelector(".bar-points") };
  }

  points(place) {
    return Number(this.bars[place].input.value) || 0;
  }

  // Writes what was moved: points by place.
  write(points) {
    for (const [place, value] of points) this.bars[place].input.value = value;
    if (this.lock) this.lock.disabled = false;
    this.draw();
  }

  // The slider stands for the number.
  replace(input, label) {
    input.hidden = true;
    label.removeAttribute("for");
  }

  free(place) {
    return this.bars.map((_bar, other) => other).filter((other) => other !== place && !this.bars[other].pin.checked);
  }

  // What held bars leave.
  most(place) {
    const free = this.free(place);
    const held = this.bars.map((_bar, other) => other).filter((other) => other !== place && !free.includes(other));
    return POINTS - held.reduce((sum, other) => sum + this.points(other), 0);
  }

  move(place, wanted) {
    const free = this.free(place);
    if (this.bars[place].pin.checked || !free.length) return;
    const most = this.most(place);
    const points = Math.min(Math.max(Math.round(wanted), 0), most);
    if (points === this.points(place)) return;
    const rest = shared(most - points, free.map((other) => this.points(other)));
    this.write([[place, points], ...free.map((other, index) => [other, rest[index]])]);
  }

  key(event, place) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const now = this.points(place);
    if (event.key === "Home") this.move(place, 0);
    else if (event.key === "End") this.move(place, this.most(place));
    else if (event.key in STEPS) this.move(place, now + STEPS[event.key]);
    else return;
    event.preventDefault();
  }

  drag(event, place) {
    const box = this.bars[place].slider.getBoundingClientRect();
    this.move(place, (POINTS * (event.clientX - box.left)) / box.width);
  }

  allEqual() {
    const parts = shared(POINTS, this.bars.map(() => 0));
    for (const bar of this.bars) bar.pin.checked = false;
    this.write(parts.map((points, place) => [place, points]));
  }

  draw() {
    this.bars.forEach(({ slider, name, guess, shown, pin }, place) => {
      const points = this.points(place);
      guess.setAttribute("width", points);
      shown.textContent = points;
      slider.setAttribute("aria-valuenow", points);
      slider.setAttribute("aria-valuemax", this.most(place));
      slider.setAttribute("aria-valuetext", slider.dataset.says.replace("{label}", name).replace("{points}", points));
      slider.setAttribute("aria-disabled", String(pin.checked));
    });
  }
}

function enhance(root) {
  const forms = root.matches?.("form[data-predict]") ? [root] : root.querySelectorAll("form[data-predict]");
  for (const form of forms) {
    if (form.dataset.predict !== "ready") new Bars(form);
    form.dataset.predict = "ready";
  }
}

enhance(document);
document.addEventListener("htmx:load", (event) => enhance(event.detail.elt));
