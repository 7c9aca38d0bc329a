// A slider for the temperature and a switch for √d_k: both write into the form's own fields, which is what is sent.
//
//   <input type="range" data-slides="temperature">   <div data-scale-switch><input type="checkbox" data-switches="scale"></div>

import { readNumber } from "./matrix_text.js";

const form = document.getElementById("lab-form");
const slider = form?.querySelector("[data-slides]");
let wrote = false; // whether the scale is the switch's
const box = form?.querySelector("[data-scale-switch]");

function write(name, text) {
  const field = form.elements[name];
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

// Where the field's number stands between the slider's ends, in powers of ten, at 1 for what is no number.
function place() {
  slider.ariaValueText = form.elements.temperature.value;
  if (document.activeElement === slider) return; // the hand is on it
  try {
    slider.value = Math.log10(readNumber(form.elements.temperature.value.trim() || "1"));
  } catch {
    slider.value = 0;
  }
}

function mark() {
  const takesScale = form.elements.function.value === "scaled_dot_product";
  if (!takesScale && wrote && form.elements.scale.value.trim() === "1") {
    wrote = false;
    return write("scale", ""); // the switch goes, and with it what it wrote
  }
  const text = form.elements.scale.value.trim();
  const toggle = box.querySelector("input");
  box.hidden = !takesScale;
  toggle.checked = text === "";
  toggle.indeterminate = text !== "" && text !== "1";
  return undefined;
}

if (slider) {
  slider.addEventListener("input", (event) => {
    event.stopPropagation(); // the field says it
    write("temperature", String(Number((10 ** slider.value).toPrecision(2))));
  });
  box.querySelector("input").addEventListener("input", (event) => {
    event.stopPropagation();
    wrote = !event.target.checked;
    write("scale", event.target.checked ? "" : "1");
  });
  form.addEventListener("input", () => {
    place();
    mark();
  });
  place();
  mark();
}
