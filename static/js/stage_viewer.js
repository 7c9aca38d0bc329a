// Walks through the steps of a computation, lights what belongs to the cell pointed at, and writes that cell out.
//
//   <div class="viewer" data-live-call="{…}"> … </div>   templates/lab/_picture.html; camp/lab/live_call.py
//
// Without a script all steps stand below each other. The address ends in #stage-<step> at the step shown.

import { explain } from "./attention/explain.js";
import { filled } from "./sentences.js";
import { PAIRS, cellAt, isOutput, isPair, light, placeOf, unlight } from "./viewer/cells.js";
import { whenThemeChanges } from "./viewer/colours.js";
import { togglePair } from "./viewer/drawn_mask.js";
import { cellBy, focusCell, watchGrids } from "./viewer/grid_keys.js";
import { drawPanel } from "./viewer/panel.js";
import { soon } from "./viewer/soon.js";
import { drawThumbnail } from "./viewer/thumbnails.js";

const FIRST_STEP = "softmax";
const AROUND = 64; // pixels between and beside two tables
const REST = 400; // milliseconds at one cell before it is spoken
const TABLE_OF = { scores: "scores", scale: "scaled", mask: "masked", softmax: "weights", output: "output", join: "joined" };
const picture = document.getElementById("picture");
const form = document.getElementById("lab-form");
let viewer = null;
let work = null;
let asked = stepOfAddress(); // kept while the picture is drawn anew, as is the cell
let pinned = null;
let hovered = null;
let allDigits = false;
let speaking = 0;
let held = null;
const thumbnailsSoon = soon(() => viewer.isConnected && drawThumbnails());
let side = "after"; // where one table at a time is shown

function stepOfAddress() {
  return /^#stage-(\w+)$/.exec(location.hash)?.[1] ?? FIRST_STEP;
}

function begin() {
  const found = picture?.querySelector(".viewer[data-live-call]");
  if (!found || found === viewer) return;
  viewer = found;
  const known = JSON.parse(viewer.dataset.liveCall);
  work = { ...known, head: known.window.head - 1, form, allDigits };
  know(withParameters(known)); // what is drawn; what stands in the form meanwhile comes as "picture:drawn"
  hovered = null;
  // Beside the steps there is room for an example; on a phone it would lie over them.
  pinned ??= matchMedia("(min-width: 768px)").matches ? { table: "weights", query: known.window.query - 1, column: known.window.key - 1 } : null;
  for (const part of viewer.querySelectorAll(".viewer-controls, .step-bar, .cell-panel")) part.hidden = false;
  viewer.querySelector("[data-digits]").ariaPressed = String(allDigits);
  watchGrids(viewer);
  listen();
  showSide(side);
  show(asked);
  if (held) returnFocus();
  new ResizeObserver(fit).observe(viewer);
}

// What has the focus while the picture is drawn anew: a cell by its place, a button by what it does.
function holdFocus() {
  const has = picture.contains(document.activeElement) && document.activeElement;
  if (!has) held = null;
  else if (has.matches("td.cell")) held = () => placeNow() && cellAt(viewer, placeNow(), work.window);
  else {
    const data = [...has.attributes].find(({ name }) => name.startsWith("data-"));
    held = () => data && picture.querySelector(`[${data.name}="${data.value}"]`);
  }
}

function returnFocus() {
  const to = held();
  held = null;
  if (to?.matches("td.cell")) focusCell(to);
  else to?.focus();
}

function withParameters({ call, parameters }) {
  return call && { ...call, parameters };
}

// No call: too large to be computed at once.
function know(call, stages = call ? explain(call) : null) {
  Object.assign(work, { call, stages });
  picture.dispatchEvent(new CustomEvent("picture:known", { detail: work }));
}

function tabs() {
  return [...viewer.querySelectorAll("[data-step]")];
}

function steps() {
  return tabs().map((tab) => tab.dataset.step);
}

// The step that can be shown: a result without weights has only some.
function step() {
  return steps().includes(asked) ? asked : steps().includes(FIRST_STEP) ? FIRST_STEP : "all";
}

function show(wanted, { isMove = false } = {}) {
  asked = wanted;
  const now = step();
  viewer.dataset.now = now;
  viewer.classList.toggle("stepped", now !== "all");
  viewer.classList.toggle("moving", isMove);
  for (const tab of tabs()) {
    const isNow = tab.dataset.step === now;
    tab.ariaSelected = String(isNow);
    tab.tabIndex = isNow ? 0 : -1;
  }
  for (const section of viewer.querySelectorAll("[data-stage]")) section.toggleAttribute("data-current", section.dataset.stage === now);
  for (const term of viewer.querySelectorAll(".term")) term.classList.toggle("now", term.dataset.term.split(" ").includes(now));
  fillSlots(now);
  drawStepBar(now);
  fit();
  drawThumbnails();
  pointAgain();
}

// Which table stands where: before and after the step, or the two factors around their product.
function fillSlots(now) {
  const slots = new Map();
  const has = (name) => viewer.querySelector(`[data-box="${name}"]`);
  const own = tableOf(now);
  if (now === "scores") slots.set("left", "left").set("right", "above").set("scores", "result");
  else if (now === "output") slots.set("weights", "left").set("V", "above").set(own, "result");
  else if (now === "join") slots.set("output", "left").set("joined", "result");
  else if (now !== "all") {
    slots.set(previous(own), has(own) ? "left" : "result");
    if (has(own)) slots.set(own, "result");
  }
  if (now === "softmax" || now === "output") slots.set("legend", "foot");
  for (const box of viewer.querySelectorAll("[data-box]")) {
    if (slots.has(box.dataset.box)) box.dataset.slot = slots.get(box.dataset.box);
    else delete box.dataset.slot;
  }
}

// A result too large to keep its steps has its output of all heads alone.
function tableOf(name) {
  const own = TABLE_OF[name];
  return own === "output" && !viewer.querySelector('[data-box="output"]') ? "joined" : own;
}

function drawStepBar(now) {
  const all = steps().filter((name) => name !== "all");
  const at = all.indexOf(now);
  const place = now === "all" ? work.words.all_steps : filled(work.words.step, { number: at + 1, all: all.length });
  viewer.querySelector(".step-place").textContent = place;
  viewer.querySelector("[data-go='-1']").disabled = at === 0;
  viewer.querySelector("[data-go='1']").disabled = at === all.length - 1;
}

function speakStep() {
  const section = viewer.querySelector(`[data-stage="${step()}"]`);
  const all = steps().filter((name) => name !== "all");
  const title = section?.querySelector("h3").textContent.trim().replace(/^\d+\s*/, "");
  const sentence = section?.querySelector(".stage-head .muted").textContent.trim();
  speak(section ? filled(work.words.step_is, { number: all.indexOf(step()) + 1, all: all.length, title, sentence }) : work.words.all_steps);
}

function speak(text) {
  viewer.querySelector("[data-viewer-says]").textContent = text;
}

function go(wanted) {
  if (wanted === step()) return;
  const hadCell = document.activeElement.matches("td.cell") && viewer.contains(document.activeElement);
  show(wanted, { isMove: true });
  if (hadCell && !document.activeElement.checkVisibility()) keepFocus();
  history.replaceState(history.state, "", `#stage-${step()}`);
  speakStep();
}

// The cell that had the focus is not shown in this step.
function keepFocus() {
  const place = placeNow();
  const cell = place && cellAt(viewer, place, work.window);
  if (cell?.checkVisibility()) focusCell(cell);
  else viewer.querySelector(".step-place").focus();
}

function goBy(by) {
  const all = steps().filter((name) => name !== "all");
  const at = step() === "all" ? (by > 0 ? -1 : all.length) : all.indexOf(step());
  if (all[at + by]) go(all[at + by]);
}

// Where before and after do not fit beside each other, one of them is shown at a time.
function fit() {
  const boxes = [...viewer.querySelectorAll("[data-slot='left'], [data-slot='result']")];
  viewer.classList.remove("narrow");
  const panel = viewer.querySelector(".cell-panel");
  const room = viewer.clientWidth - (panel.offsetWidth < viewer.clientWidth / 2 ? panel.offsetWidth : 0) - AROUND;
  const needed = boxes.reduce((sum, box) => sum + box.querySelector("table").offsetWidth, 0);
  const isNarrow = boxes.length > 1 && needed > room;
  viewer.classList.toggle("narrow", isNarrow);
  viewer.querySelector(".side-switch").hidden = !isNarrow;
}

function drawThumbnails() {
  for (const tab of tabs()) {
    const canvas = tab.querySelector("canvas");
    const name = tableOf(tab.dataset.step);
    const drawn = viewer.querySelector(`[data-box="${name}"]`) ? name : previous(name);
    if (canvas) drawThumbnail(canvas, viewer, drawn);
  }
}

// The last table before this one that there is: an idle step has none.
function previous(name) {
  return PAIRS.slice(0, PAIRS.indexOf(name)).filter((one) => viewer.querySelector(`[data-box="${one}"]`)).at(-1);
}

// A place stands for its pair in every step, and for the column of the output.
function placeNow() {
  const place = hovered ?? pinned;
  if (!place) return null;
  const own = tableOf(step());
  if (!own || place.table === own) return place;
  if (isOutput({ table: own })) return { ...place, table: own, column: columnIn(own, place) };
  const table = viewer.querySelector(`[data-box="${own}"]`) ? own : previous(own) ?? place.table;
  return { ...place, table, column: isOutput(place) ? work.window.key - 1 : place.column };
}

// The same column of the head's own output or of all heads'; a pair leads to the head's first.
function columnIn(table, place) {
  const first = work.head * widthOfHead();
  if (!isOutput(place)) return table === "joined" ? first : 0;
  return table === "joined" ? place.column + first : place.column - first;
}

function widthOfHead() {
  return work.shapes[2][1] / work.heads;
}

function pointAgain() {
  const place = placeNow();
  const cell = place && cellAt(viewer, place, work.window);
  const panel = viewer.querySelector(".cell-panel");
  panel.classList.toggle("chosen", Boolean(cell));
  if (!cell) {
    panel.querySelector(".hint").hidden = false;
    panel.querySelector(".cell-sums").hidden = true;
    panel.querySelector("[data-pair]").hidden = true;
    return unlight(viewer);
  }
  const valueColumn = place.table === "output" ? work.head * widthOfHead() + place.column : place.column;
  light(viewer, place, work.window, { isWholeRow: step() === "softmax", valueColumn });
  drawSums();
  return undefined;
}

function drawSums() {
  const place = placeNow();
  const cell = place && cellAt(viewer, place, work.window);
  if (!cell) return;
  const panel = viewer.querySelector(".cell-panel");
  const text = drawPanel(panel, work, { ...place, shown: cell.title || cell.textContent.trim() }, step());
  clearTimeout(speaking);
  if (cell === document.activeElement || panel.contains(document.activeElement)) speaking = setTimeout(speak, REST, text);
}

function point(cell, isPinned) {
  const place = placeOf(cell, work.window);
  if (place.column === null || (!isPair(place) && !isOutput(place))) return;
  if (isPinned) [pinned, hovered] = [place, null];
  else hovered = place;
  pointAgain();
}

function listen() {
  viewer.addEventListener("click", clicked);
  viewer.addEventListener("focusin", ({ target }) => target.matches("td.cell") && point(target, true));
  viewer.addEventListener("pointerover", ({ target, pointerType }) => {
    if (pointerType !== "mouse") return;
    const cell = target.closest("td.cell");
    if (cell) point(cell, false);
    else if (hovered) leave(); // on the way to the panel what was chosen stays
  });
  viewer.addEventListener("pointerleave", leave);
  viewer.addEventListener("keydown", pressed);
  let start = null;
  viewer.addEventListener("touchstart", ({ target, touches }) => {
    start = target.closest(".stage-head, .step-bar") && touches[0].clientX;
  }, { passive: true });
  viewer.addEventListener("touchend", ({ changedTouches }) => {
    const moved = start === null || start === undefined ? 0 : changedTouches[0].clientX - start;
    if (Math.abs(moved) > 40) goBy(moved < 0 ? 1 : -1);
    start = null;
  });
}

function leave() {
  hovered = null;
  pointAgain();
}

function clicked({ target }) {
  const button = target.closest("button");
  const cell = target.closest("td.cell");
  if (cell) focusCell(cell);
  else if (button?.dataset.step) go(button.dataset.step);
  else if (button?.dataset.go) button.dataset.go === "all" ? go("all") : goBy(Number(button.dataset.go));
  else if (button?.dataset.side) showSide(button.dataset.side);
  else if (button?.dataset.by) moveBy(button.parentElement.dataset.axis, Number(button.dataset.by));
  else if (button?.hasAttribute("data-digits")) toggleDigits(button);
  else if (button?.hasAttribute("data-pair")) hideOrShow();
}

function showSide(wanted) {
  side = wanted;
  viewer.dataset.side = side;
  for (const button of viewer.querySelectorAll("[data-side]")) button.ariaPressed = String(button.dataset.side === side);
}

function moveBy(axis, by) {
  const place = placeNow();
  const moved = { ...place, [axis]: place[axis] + by };
  if (!cellAt(viewer, moved, work.window)) return;
  [pinned, hovered] = [moved, null];
  pointAgain();
}

function toggleDigits(button) {
  allDigits = !allDigits;
  work.allDigits = allDigits;
  button.ariaPressed = String(allDigits);
  pointAgain();
}

function hideOrShow() {
  const { query, column } = placeNow();
  togglePair(form, work.call, query, column);
}

function pressed(event) {
  const { target, key } = event;
  if (target.matches("[role=tab]")) return movedTab(event);
  const cell = target.closest("td.cell");
  const to = cell && cellBy(event, cell);
  if (to) focusCell(to);
  else if (key === "Escape") escaped();
  else if (key === "Enter" && cell) viewer.querySelector(".cell-panel").focus();
  else if (key === " " && cell) spaced(cell);
  else if (/^[np]$/i.test(key) && !event.ctrlKey && !event.metaKey && !event.altKey) goBy(key.toLowerCase() === "n" ? 1 : -1);
  else if (key === "?") viewer.querySelector(".viewer-help").toggleAttribute("open");
  else return undefined;
  event.preventDefault();
  return undefined;
}

function spaced(cell) {
  point(cell, true);
  if (!viewer.querySelector("[data-pair]").hidden) hideOrShow();
}

function escaped() {
  const place = placeNow();
  const cell = place && viewer.querySelector(".cell-panel").contains(document.activeElement) && cellAt(viewer, place, work.window);
  if (cell) focusCell(cell);
  else {
    [pinned, hovered] = [null, null];
    pointAgain();
  }
}

function movedTab(event) {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const all = tabs();
  const at = all.indexOf(event.target);
  const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: all.length - 1 }[event.key];
  if (!all[to]) return;
  all[to].focus();
  go(all[to].dataset.step);
  event.preventDefault();
}

if (picture) {
  begin();
  document.body.addEventListener("htmx:beforeSwap", ({ target }) => target === picture && holdFocus());
  document.body.addEventListener("htmx:afterSwap", begin);
  picture.addEventListener("picture:drawn", ({ detail }) => {
    know(detail.call, detail.stages);
    thumbnailsSoon();
    drawSums();
  });
  addEventListener("hashchange", () => {
    if (!location.hash.startsWith("#stage-")) return;
    asked = stepOfAddress();
    if (viewer?.isConnected) show(asked);
  });
  whenThemeChanges(() => viewer?.isConnected && drawThumbnails());
}
