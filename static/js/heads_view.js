// All heads in small, and one head as arcs from queries to keys.
//
//   <section class="heads" data-weights="…"> … </section>   templates/lab/_heads.html
//
// The weights are those that static/js/stage_viewer.js knows ("picture:known"); of a run too large to be computed here
// they are fetched from the page named, as float32 numbers one after another: heads × queries × keys.

import { spreadOf } from "./attention/explain.js";
import { filled } from "./sentences.js";
import { drawArcs as drawArcsOf } from "./viewer/arcs.js";
import { whenThemeChanges } from "./viewer/colours.js";
import { paintWeights } from "./viewer/small_picture.js";
import { soon } from "./viewer/soon.js";

const MOST_TOKENS = 64; // with more the arcs are no picture any more
const picture = document.getElementById("picture");
let view = "grid"; // or "arcs"
let order = "number";
let chosen = null; // { side: "q" or "k", index }
let last = null; // { weights, window }

const drawSoon = soon(() => last.section.isConnected && draw());

async function known({ detail: { stages, window } }) {
  const section = picture.querySelector(".heads");
  if (!section) return;
  const weights = stages?.weights ?? (await fetched(section, window));
  if (!weights || !section.isConnected) return;
  last = { section, weights, window };
  if (!section.dataset.isHeard) listen(section);
  const isFirst = section.hidden;
  section.hidden = weights.length === 1 && Math.max(window.queries, window.keys) > MOST_TOKENS;
  if (isFirst) draw();
  else drawSoon();
}

function spreadOfHead(rows) {
  const entropies = rows.map((row) => spreadOf(row).entropy);
  return entropies.reduce((sum, entropy) => sum + entropy, 0) / entropies.length;
}

async function fetched({ dataset }, { heads, queries, keys }) {
  if (!dataset.weights || (heads === 1 && Math.max(queries, keys) > MOST_TOKENS)) return null; // nothing to draw
  const answer = await fetch(dataset.weights).catch(() => null); // the tables above show what there is
  if (!answer?.ok) return null;
  const numbers = new Float32Array(await answer.arrayBuffer());
  const row = (head, query) => numbers.subarray((head * queries + query) * keys, (head * queries + query + 1) * keys);
  return Array.from({ length: heads }, (_, head) => Array.from({ length: queries }, (__, query) => row(head, query)));
}

function listen(section) {
  section.dataset.isHeard = "yes";
  section.addEventListener("click", ({ target }) => {
    const button = target.closest("button, [role=button]");
    if (button?.dataset.view) view = button.dataset.view;
    else if (button?.dataset.order) order = button.dataset.order;
    else if (button?.dataset.side) choose(button.dataset);
    else if (button?.dataset.number) return openHead(Number(button.dataset.number));
    return draw();
  });
  section.addEventListener("keydown", (event) => {
    const at = event.target.closest("[data-number], [data-side]");
    if (!at) return;
    if (at.dataset.side && (event.key === "Enter" || event.key === " ")) {
      choose(at.dataset);
      draw();
      last.section.querySelector(`[data-side=${at.dataset.side}][data-index="${at.dataset.index}"]`).focus();
    } else if (!move(event.key, at)) return;
    event.preventDefault();
  });
}

function choose({ side, index }) {
  const isSame = chosen?.side === side && chosen.index === Number(index);
  chosen = isSame ? null : { side, index: Number(index) };
}

// One stop of the Tab key; arrows go on from there.
function move(key, at) {
  const all = [...last.section.querySelectorAll(at.dataset.side ? `[data-side=${at.dataset.side}]` : "[data-number]")];
  const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[key];
  const to = by ? all[all.indexOf(at) + by] : { Home: all[0], End: all.at(-1) }[key];
  if (!to) return false;
  for (const one of all) one.setAttribute("tabindex", one === to ? "0" : "-1");
  to.focus();
  return true;
}

function openHead(number) {
  picture.querySelectorAll(".views")[0]?.querySelectorAll("a, button")[number - 1]?.click();
}

function draw() {
  const { section, weights, window } = last;
  const hasArcs = Math.max(window.queries, window.keys) <= MOST_TOKENS;
  const now = weights.length === 1 ? "arcs" : hasArcs ? view : "grid"; // the steps show a single head already
  if (chosen && chosen.index >= (chosen.side === "q" ? window.queries : window.keys)) chosen = null;
  for (const button of section.querySelectorAll("[data-view]")) {
    button.ariaPressed = String(button.dataset.view === now);
    button.hidden = button.dataset.view === "arcs" && !hasArcs;
  }
  for (const button of section.querySelectorAll("[data-order]")) button.ariaPressed = String(button.dataset.order === order);
  section.querySelector(".heads-grid-view").hidden = now !== "grid";
  section.querySelector(".arcs-view").hidden = now !== "arcs" || !hasArcs;
  if (now === "grid") drawGrid();
  else if (hasArcs) drawArcs();
}

function drawGrid() {
  const { section, weights, window } = last;
  const spreads = weights.map(spreadOfHead);
  const list = section.querySelector(".heads-grid");
  const numbers = weights.map((_, head) => head);
  if (order === "entropy") numbers.sort((one, other) => spreads[one] - spreads[other]);
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.number : null;
  const tiles = numbers.map((head) => tile(list, weights[head], spreads[head], filled(list.dataset.head, { head: head + 1 }), head));
  const of = (pick) => weights[0].map((row, query) => Array.from(row, (_, key) => pick(weights.map((rows) => rows[query][key]))));
  const mean = of((shares) => shares.reduce((sum, share) => sum + share, 0) / shares.length);
  const most = of((shares) => shares.reduce((one, other) => Math.max(one, other), 0));
  list.replaceChildren(...tiles, tile(list, mean, spreadOfHead(mean), list.dataset.mean), tile(list, most, null, list.dataset.most));
  const buttons = [...list.querySelectorAll("[data-number]")];
  const now = buttons.find(({ dataset }) => dataset.number === (focused ?? String(window.head))) ?? buttons[0];
  for (const button of buttons) button.tabIndex = button === now ? 0 : -1;
  if (focused) now.focus();
}

function tile(list, rows, entropy, name, head = null) {
  const item = document.createElement("li");
  const box = document.createElement(head === null ? "div" : "button");
  const canvas = document.createElement("canvas");
  canvas.ariaHidden = "true";
  paintWeights(canvas, rows);
  box.append(canvas, name);
  if (head === null) box.className = "summary";
  else {
    box.type = "button";
    box.dataset.number = head + 1;
    if (head === last.window.head - 1) box.setAttribute("aria-current", "true");
  }
  if (entropy !== null) {
    const line = document.createElement("small");
    line.textContent = filled(list.dataset.entropy, { entropy: entropy.toFixed(2) });
    line.title = filled(list.dataset.keys, { tokens: Math.exp(entropy).toFixed(2) });
    box.append(line);
  }
  item.append(box);
  return item;
}

function drawArcs() {
  const { section, weights, window } = last;
  const numbered = (letter, count) => Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);
  const left = drawArcsOf(section.querySelector(".arcs"), {
    rows: weights[window.head - 1], queries: numbered("q", window.queries), keys: numbered("k", window.keys), chosen,
  });
  const words = section.querySelector(".arcs-left-out");
  words.textContent = left ? filled(words.dataset.words, { count: left }) : "";
}

if (picture) {
  picture.addEventListener("picture:known", known);
  whenThemeChanges(() => last?.section.isConnected && draw());
}
