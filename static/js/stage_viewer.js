// Walks through the steps of a computation; the cell pointed at is lit and written out by viewer/cell_reader.js.
//
//   <div class="viewer" data-live-call="{…}"> … </div>   templates/lab/_picture.html; camp/lab/live_call.py
//
// Without a script all steps stand below each other. The address ends in #stage-<step> at the step shown.

import { explain } from "./attention/explain.js";
import { filled } from "./sentences.js";
import { CellReader } from "./viewer/cell_reader.js";
import { previousTable, tableOfStep } from "./viewer/cells.js";
import { whenThemeChanges } from "./viewer/colours.js";
import { togglePair } from "./viewer/drawn_mask.js";
import { focusCell } from "./viewer/grid_keys.js";
import { soon } from "./viewer/soon.js";
import { drawThumbnail } from "./viewer/thumbnails.js";

const FIRST_STEP = "softmax";
const AROUND = 64; // pixels between and beside two tables
const picture = document.getElementById("picture");
const form = document.getElementById("lab-form");
let viewer = null;
let work = null;
const reader = new CellReader({ step, togglePair: (...pair) => togglePair(form, ...pair) });
let asked = stepOfAddress(); // kept while the picture is drawn anew, as is the cell
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
  work = { ...known, head: known.window.head - 1, form };
  know(withParameters(known)); // what is drawn; what stands in the form meanwhile comes as "picture:drawn"
  // Beside the steps there is room for an example; on a phone it would lie over them.
  reader.pinned ??= matchMedia("(min-width: 768px)").matches ? { table: "weights", query: known.window.query - 1, column: known.window.key - 1 } : null;
  for (const part of viewer.querySelectorAll(".viewer-controls, .step-bar")) part.hidden = false;
  reader.read(viewer, work);
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
  else if (has.matches("td.cell")) held = () => reader.cell;
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
  picture.dispatchEvent(new CustomEvent("picture:step"));
  drawStepBar(now);
  fit();
  drawThumbnails();
  reader.point();
}

// Which table stands where: before and after the step, or the two factors around their product.
function fillSlots(now) {
  const slots = new Map();
  const has = (name) => viewer.querySelector(`[data-box="${name}"]`);
  const own = tableOfStep(viewer, now);
  if (now === "scores") slots.set("left", "left").set("right", "above").set("scores", "result");
  else if (now === "output") slots.set("weights", "left").set("V", "above").set(own, "result");
  else if (now === "join") slots.set("output", "left").set("joined", "result");
  else if (now !== "all") {
    slots.set(previousTable(viewer, own), has(own) ? "left" : "result");
    if (has(own)) slots.set(own, "result");
  }
  if (now === "softmax" || now === "output") slots.set("legend", "foot");
  for (const box of viewer.querySelectorAll("[data-box]")) {
    if (slots.has(box.dataset.box)) box.dataset.slot = slots.get(box.dataset.box);
    else delete box.dataset.slot;
  }
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
  reader.speak(section ? filled(work.words.step_is, { number: all.indexOf(step()) + 1, all: all.length, title, sentence }) : work.words.all_steps);
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
  const { cell } = reader;
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
    const name = tableOfStep(viewer, tab.dataset.step);
    const drawn = viewer.querySelector(`[data-box="${name}"]`) ? name : previousTable(viewer, name);
    if (canvas) drawThumbnail(canvas, viewer, drawn);
  }
}

function listen() {
  viewer.addEventListener("click", clicked);
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

function clicked({ target }) {
  const button = target.closest("button");
  if (button?.dataset.step) go(button.dataset.step);
  else if (button?.dataset.go) button.dataset.go === "all" ? go("all") : goBy(Number(button.dataset.go));
  else if (button?.dataset.side) showSide(button.dataset.side);
}

function showSide(wanted) {
  side = wanted;
  viewer.dataset.side = side;
  for (const button of viewer.querySelectorAll("[data-side]")) button.ariaPressed = String(button.dataset.side === side);
}

function pressed(event) {
  const { target, key } = event;
  if (target.matches("[role=tab]")) movedTab(event);
  else if (/^[np]$/i.test(key) && !event.ctrlKey && !event.metaKey && !event.altKey) {
    goBy(key.toLowerCase() === "n" ? 1 : -1);
    event.preventDefault();
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
    if (detail.isWhole) thumbnailsSoon();
    reader.draw();
  });
  addEventListener("hashchange", () => {
    if (!location.hash.startsWith("#stage-")) return;
    asked = stepOfAddress();
    if (viewer?.isConnected) show(asked);
  });
  whenThemeChanges(() => viewer?.isConnected && drawThumbnails());
}
