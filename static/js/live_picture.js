// Redraws the figures and colours of every step in the same frame as the form changes, from the same formulas computed
// here. The server's preview follows with what it says of them; a change of shape, or of which rows see nothing, waits
// for it.
//
//   <form id="lab-form"> … </form>   <div id="picture"> {% include "lab/_picture.html" %} </div>

import { explain, ofHead, parametersOf } from "./attention/explain.js";
import { formCall } from "./attention/form_call.js";
import { factorsOf } from "./attention/scores.js";
import { hiddenBy, visiblePairs } from "./attention/visible.js";
import { MINUS_INFINITY, allDigits, decimalsFor, figure, scoreStep, short, weightFigure, weightStep } from "./figures.js";
import { filled } from "./sentences.js";

const SHORT_FROM = 7;
const REST = 120; // milliseconds without a change, after which the tables that nobody sees follow those shown
const form = document.getElementById("lab-form");
const picture = document.getElementById("picture");
let frame = 0;
let known = null;
let isWhole = true; // every table is drawn, not only those of the step shown
let left = new Set(); // names of the tables that are not drawn this time
let resting = 0;

// What the server drew last, read once; with it the text of the parameters that it then had.
function lastDrawn() {
  const island = picture.querySelector("[data-live-call]");
  if (island && island !== known?.island) {
    known = { island, ...JSON.parse(island.dataset.liveCall), given: known?.sent ?? form.elements.parameters.value.trim() };
  }
  return island && known;
}

function draw() {
  frame = 0;
  const last = lastDrawn();
  const call = last && formCall(form, last);
  if (call) drawCall(call, last);
}

// While a number is dragged, only what is seen: the tables of the other steps would take most of a frame's time.
function drawShown() {
  isWhole = false;
  draw();
  isWhole = true;
  clearTimeout(resting);
  resting = setTimeout(drawWhole, REST);
}

function drawWhole() {
  clearTimeout(resting);
  resting = 0;
  draw();
}

// What the server refused leaves the figures that go with its last words.
function drawBack() {
  const last = lastDrawn();
  if (last?.call) drawCall({ ...last.call, parameters: last.parameters }, last);
}

function drawCall(call, last) {
  if (!isDrawn(call, last)) return;
  // Asked before anything is written, or the browser would lay out anew for each.
  const tables = isWhole ? [] : [...picture.querySelectorAll("table[data-table]")];
  left = new Set(tables.filter((one) => !one.checkVisibility()).map((one) => one.dataset.table));
  const stages = explain(call);
  const head = last.window.head - 1;
  const sheet = { call, words: last.words, rows: rangeOf(last.window, "query"), columns: rangeOf(last.window, "key") };
  drawScores(sheet, { scores: stages.scores[head], scaled: stages.scaled[head], masked: stages.masked[head] });
  drawWeights(sheet, stages.weights[head]);
  for (const [name, rows, span] of [
    ["Q", call.query, sheet.rows], ["K", call.key, sheet.columns], ["V", call.value, sheet.columns],
    ["output", stages.headOutput[head], sheet.rows], ["joined", stages.output, sheet.rows],
  ]) drawPlain(cellsOf(name), rows, span);
  drawFactors(sheet, head);
  drawSpread(sheet.rows, stages.entropy[head], stages.effectiveTokens[head]);
  picture.dispatchEvent(new CustomEvent("picture:drawn", { detail: { call, stages, isWhole } }));
}

// The tables there are have these shapes, and the rows that see nothing are marked already.
function isDrawn(call, last) {
  const shapes = [call.query, call.key, call.value].map((rows) => [rows.length, rows[0].length]);
  const empty = visiblePairs(call).slice(last.window.query - 1).map((row) => !row.some(Boolean));
  const marked = [...(table("weights")?.tBodies[0].rows ?? [])].map((row) => Boolean(row.querySelector(".no-key")));
  return call.num_heads === last.heads && String(shapes) === String(last.shapes) && marked.every((is, row) => is === empty[row]);
}

function rangeOf(window, axis) {
  const start = window[axis] - 1;
  const end = Math.min(window[axis === "query" ? "queries" : "keys"], start + window.size);
  return Array.from({ length: end - start }, (_, index) => start + index);
}

function table(name) {
  return picture.querySelector(`table[data-table="${name}"]`);
}

// Of a table that is to be drawn now.
function cellsOf(name) {
  if (left.has(name)) return [];
  return [...(table(name)?.tBodies[0].rows ?? [])].map((row) => [...row.querySelectorAll(".cell")]);
}

function roomOf(columns) {
  return columns <= 6 ? 4 : columns <= 12 ? 3 : 2;
}

function fit(text, columns) {
  return columns >= SHORT_FROM ? short(text) : text;
}

const drawn = new WeakMap(); // of each cell what it says; most say the same after a change of one number

// Other classes than the colour's are of whoever lights the cell, and stay.
function say(cell, css, value, text) {
  const last = drawn.get(cell);
  if (last && last.css === css && last.text === text && Object.is(last.value, value)) return false;
  cell.classList.remove("hidden", last ? last.css || "hidden" : cell.className.match(/\b[ws]\d+\b/)?.[0] ?? "hidden");
  if (css) cell.classList.add(css);
  drawn.set(cell, { css, value, text });
  return true;
}

function show(cell, text, value, css = "") {
  if (!say(cell, css, value, text)) return;
  const full = allDigits(value);
  cell.title = full;
  const data = cell.querySelector("data") ?? document.createElement("data");
  data.value = full;
  data.textContent = text;
  if (cell.firstElementChild !== data || cell.childElementCount > 1) cell.replaceChildren(data);
}

function hide(cell, text, { call, words }, query, key) {
  if (!say(cell, "hidden", hiddenBy(call, query, key), text)) return;
  const why = filled(words[hiddenBy(call, query, key)], { query: `q${query + 1}`, key: `k${key + 1}` });
  const shown = document.createElement("span");
  const spoken = document.createElement("span");
  shown.ariaHidden = "true";
  shown.textContent = text;
  spoken.className = "unseen";
  spoken.textContent = `${text === "0" ? "0" : words.minus_infinity}, ${why}`;
  cell.title = why;
  cell.replaceChildren(shown, spoken);
}

// Calls `write(cell, value, query, key)` for each pair shown.
function eachPair(name, matrix, { rows, columns }, write) {
  cellsOf(name).forEach((cells, row) => {
    cells.forEach((cell, column) => write(cell, matrix[rows[row]][columns[column]], rows[row], columns[column]));
  });
}

function part(matrix, { rows, columns }) {
  return rows.flatMap((row) => columns.map((column) => matrix[row][column]));
}

function drawScores(sheet, matrices) {
  const width = sheet.columns.length;
  for (const [name, matrix] of Object.entries(matrices)) {
    const seen = matrix.flat().filter(Number.isFinite);
    const [least, most] = seen.length ? [Math.min(...seen), Math.max(...seen)] : [0, 0];
    const decimals = decimalsFor(part(matrix, sheet), roomOf(width));
    eachPair(name, matrix, sheet, (cell, score, query, key) => {
      if (score === -Infinity) hide(cell, MINUS_INFINITY, sheet, query, key);
      else show(cell, fit(figure(score, decimals), width), score, `s${scoreStep(score, least, most)}`);
    });
    const ends = table(name)?.parentElement.querySelectorAll(".greys span") ?? [];
    const places = decimalsFor([least, most]);
    [["least", least], ["greatest", most]].forEach(([word, score], index) => {
      if (ends[index]) ends[index].textContent = filled(sheet.words[word], { score: figure(score, places) });
    });
  }
}

function drawWeights(sheet, weights) {
  const width = sheet.columns.length;
  const decimals = decimalsFor(part(weights, sheet), roomOf(width));
  eachPair("weights", weights, sheet, (cell, weight, query, key) => {
    if (hiddenBy(sheet.call, query, key)) hide(cell, "0", sheet, query, key);
    else show(cell, fit(weightFigure(weight, decimals), width), weight, `w${weightStep(weight)}`);
  });
}

// Without colour: what goes in and what comes out. Where there are many features, the middle ones are left out.
function drawPlain(cells, matrix, span) {
  if (!cells.length) return;
  const width = cells[0].length;
  const features = cells[0].map((cell, column) => (cell.textContent.trim() === "⋯" ? null : column));
  if (features.includes(null)) features[width - 1] = matrix[0].length - 1;
  const shown = features.filter((feature) => feature !== null);
  const decimals = decimalsFor(span.flatMap((row) => shown.map((feature) => matrix[row][feature])), roomOf(width), true);
  cells.forEach((row, index) => {
    row.forEach((cell, column) => {
      if (features[column] === null) return;
      const value = matrix[span[index]][features[column]];
      show(cell, fit(figure(value, decimals), width), value, cell.classList.contains("aside") ? "aside" : "");
    });
  });
}

// Queries as rows, keys as columns.
function drawFactors({ call, rows, columns }, head) {
  const [query, key] = [call.query, call.key].map((matrix) => ofHead(matrix, head, call.num_heads));
  const [left, right] = factorsOf(call.function, query, key, parametersOf(call, head));
  const turned = cellsOf("right");
  drawPlain(cellsOf("left"), left, rows);
  drawPlain((turned[0] ?? []).map((_, column) => turned.map((cells) => cells[column])), right, columns);
}

function drawSpread(rows, entropy, effectiveTokens) {
  cellsOf("spread").forEach(([first, second], index) => {
    show(first, figure(entropy[rows[index]], 4), entropy[rows[index]]);
    show(second, figure(effectiveTokens[rows[index]], 4), effectiveTokens[rows[index]]);
  });
}

function changed() {
  frame ||= requestAnimationFrame(drawShown);
}

if (form && picture) {
  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  // The preview asked for now is drawn of the parameters that stand there now.
  form.addEventListener("htmx:beforeRequest", () => {
    if (known) known.sent = form.elements.parameters.value.trim();
  });
  // An answer to what stood here before the last change is redrawn with what stands here now.
  document.body.addEventListener("htmx:afterSwap", (event) => event.target === picture && changed());
  document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.target === picture && detail.xhr.getResponseHeader("HX-Reswap") === "none") drawBack();
  });
  picture.addEventListener("picture:step", () => resting && drawWhole());
  lastDrawn();
}
