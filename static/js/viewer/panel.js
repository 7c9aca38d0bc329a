// The panel beside the steps: one cell's sums, its row of weights as bars, and the way to the cells beside it.

import { hiddenBy } from "../attention/visible.js";
import { allDigits, figure, weightFigure, weightStep, written } from "../figures.js";
import { filled } from "../sentences.js";
import { joinedSums, outputSums, pairSums } from "./arithmetic.js";
import { isOutput } from "./cells.js";

const STEP_OF = { scores: "scores", scaled: "scale", masked: "mask", weights: "softmax" };
const MOST_BARS = 16;

// What is said of the place, or null where nothing can be computed here. `step` is the step shown.
function sumsAt(work, place, step) {
  if (!work.stages) return null;
  if (place.table === "joined") return joinedSums(work, place.query, place.column);
  if (place.table === "output") return outputSums(work, place.query, place.column);
  const shown = step && step !== "all" && Object.values(STEP_OF).includes(step) ? step : STEP_OF[place.table];
  return pairSums(work, shown, place.query, place.column);
}

export function drawPanel(panel, work, place, step) {
  const sums = sumsAt(work, place, step);
  panel.querySelector(".hint").hidden = true;
  panel.querySelector(".cell-sums").hidden = false;
  const places = { query: place.query + 1, key: place.column + 1, column: place.column + 1 };
  panel.querySelector("h4").textContent = filled(isOutput(place) ? work.words.gets : work.words.looks, places);
  const value = sums ? (work.allDigits ? allDigits(sums.value) : written(sums.value).text) : place.shown;
  panel.querySelector(".cell-value").textContent = value;
  panel.querySelector(".sums").replaceChildren(...(sums?.lines ?? [work.words.too_large]).map(paragraph));
  panel.querySelector(".rounded").hidden = !sums || work.allDigits;
  drawSteppers(panel, place);
  drawBars(panel.querySelector(".row-bars"), work, place);
  drawPairButton(panel.querySelector("[data-pair]"), work, place, step);
  return [panel.querySelector("h4").textContent, value, ...(sums?.lines ?? [])].join(". ").replace(/e\^\{([^}]*)\}/g, "e^$1");
}

// Powers stand as e^{…} in the text.
function paragraph(text) {
  const line = document.createElement("p");
  text.split(/\^\{([^}]*)\}/).forEach((part, index) => {
    if (index % 2 === 0) return line.append(part);
    const raised = document.createElement("sup");
    raised.textContent = part;
    return line.append(raised);
  });
  return line;
}

function drawSteppers(panel, place) {
  const letters = { query: `q${place.query + 1}`, column: isOutput(place) ? String(place.column + 1) : `k${place.column + 1}` };
  for (const stepper of panel.querySelectorAll(".stepper")) {
    stepper.querySelector("span").textContent = letters[stepper.dataset.axis];
  }
}

// Bars as long as the weights, from 0 to 1: no scale that changes from row to row.
function drawBars(box, { stages, head, words, call }, place) {
  const weights = stages?.weights[head][place.query];
  box.hidden = !weights;
  if (!weights) return;
  const title = document.createElement("h5");
  title.textContent = filled(words.row, { query: place.query + 1 });
  const list = document.createElement("ol");
  const first = Math.max(0, Math.min(isOutput(place) ? 0 : place.column - MOST_BARS / 2, weights.length - MOST_BARS));
  weights.slice(first, first + MOST_BARS).forEach((weight, index) => {
    const key = first + index;
    const isHidden = hiddenBy(call, place.query, key) !== null;
    const line = document.createElement("li");
    const bar = document.createElement("i");
    const name = document.createElement("span");
    const number = document.createElement("data");
    name.textContent = `k${key + 1}`;
    number.textContent = weightFigure(weight, 4, isHidden);
    bar.className = isHidden ? "cell hidden" : `bar w${weightStep(weight)}`;
    bar.style.setProperty("--share", `${100 * weight}%`);
    line.className = !isOutput(place) && key === place.column ? "at" : "";
    line.append(name, bar, number);
    list.append(line);
  });
  const spread = document.createElement("p");
  spread.className = "muted";
  const [entropy, tokens] = [stages.entropy[head][place.query], stages.effectiveTokens[head][place.query]];
  spread.textContent = filled(words.spread, { entropy: figure(entropy, 4), tokens: tokens.toFixed(2) });
  box.replaceChildren(title, list, ...(tokens ? [spread] : []));
}

// A pair is hidden or shown again only where there is a form to write the mask into.
function drawPairButton(button, { call, words, form }, place, step) {
  const why = call && !isOutput(place) ? hiddenBy(call, place.query, place.column) : "none";
  button.hidden = !form || step !== "mask" || !(why === null || why === "drawn");
  button.textContent = why === "drawn" ? words.show_pair : words.hide_pair;
}
