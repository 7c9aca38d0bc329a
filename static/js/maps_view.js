// The weights of a model by layer and head: words with arcs, patches over their picture, and all heads in small.
//
//   <section class="maps" data-maps="…" data-weights="…"> … </section>   templates/lab/_maps.html
//
// The weights are fetched as float32 numbers one after another, heads × queries × keys: all layers at once where they
// are few, else the layer that is looked at. The form above chooses layer, head and query, and so do the pictures.

import { spreadOf } from "./attention/explain.js";
import { weightFigure } from "./figures.js";
import { filled } from "./sentences.js";
import { drawArcs } from "./viewer/arcs.js";
import { whenThemeChanges } from "./viewer/colours.js";
import { paintWeights } from "./viewer/small_picture.js";

const MOST_AT_ONCE = 2 ** 20; // weights
const MOST_TOKENS = 64; // with more the arcs are no picture any more
const MOST_LISTED = 16;
const MOST_NAMED = 16; // heads that stand with their whole name; of more, 3.5 is head 5 of layer 3
const MOVES = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };

class MapsView {
  constructor(section) {
    this.section = section;
    this.maps = JSON.parse(section.dataset.maps);
    this.form = section.querySelector("form");
    this.layers = new Map();
    this.key = null;
    this.patches = section.querySelector("[data-patches]");
    section.querySelector("[data-maps-drawn]").hidden = false;
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("change", ({ target }) => {
      if (target.name === "query") this.key = null;
      this.draw();
    });
    section.addEventListener("click", (event) => this.clicked(event));
    section.addEventListener("keydown", (event) => this.pressed(event));
    section.querySelector("[data-patches-strength]").addEventListener("input", ({ target }) => this.patches.style.setProperty("--strength", `${target.value}%`));
    this.draw();
  }

  get chosen() {
    const { layer, head, query } = this.form.elements;
    return { layer: Number(layer.value), head: Number(head.value), query: Number(query.value) - 1 };
  }

  // Of a key: who attends to it. Chosen again, or a query after it: what the query attends to.
  chooseKey(index) {
    this.key = this.key === index ? null : index;
    this.draw();
  }

  choose(values) {
    if ("query" in values) this.key = null;
    for (const [name, value] of Object.entries(values)) this.form.elements[name].value = value;
    this.draw();
  }

  get isSmall() {
    const { layers, heads, rows, columns } = this.maps;
    return layers * heads * rows.length * columns.length <= MOST_AT_ONCE;
  }

  // Of a layer: an array of heads, each an array of rows.
  async weightsOf(layer) {
    if (this.layers.has(layer)) return this.layers.get(layer);
    const { layers, heads, rows, columns } = this.maps;
    const address = this.section.dataset.weights + (this.isSmall ? "" : `?layer=${layer}`);
    const answer = await fetch(address).catch(() => null);
    if (!answer?.ok) return null; // the figures that came with the page stay
    const numbers = new Float32Array(await answer.arrayBuffer());
    const size = rows.length * columns.length;
    const from = (start) =>
      Array.from({ length: heads }, (_, head) =>
        rows.map((__, query) => numbers.subarray(start + head * size + query * columns.length, start + head * size + (query + 1) * columns.length)),
      );
    if (this.isSmall) for (let one = 0; one < layers; one += 1) this.layers.set(one + 1, from(one * heads * size));
    else this.layers.set(layer, from(0));
    return this.layers.get(layer);
  }

  async draw() {
    const { layer, head, query } = this.chosen;
    const weights = await this.weightsOf(layer);
    if (!weights || !this.section.isConnected || this.chosen.layer !== layer) return;
    const rows = head ? weights[head - 1] : meanOf(weights);
    this.drawPatches(rows[query], query);
    this.list(rows[query], query);
    this.drawArcs(rows, query);
    this.drawGrid(layer, head);
  }

  drawArcs(rows, query) {
    const box = this.section.querySelector("[data-maps-arcs]");
    const { rows: queries, columns: keys } = this.maps;
    box.hidden = Math.max(queries.length, keys.length) > MOST_TOKENS || Boolean(this.maps.column_grid);
    if (box.hidden) return;
    drawArcs(box.querySelector("svg"), { rows, queries, keys, chosen: this.key === null ? { side: "q", index: query } : { side: "k", index: this.key } });
    if (this.key === null) return;
    const most = rows.reduce((best, row, place) => (row[this.key] > rows[best][this.key] ? place : best), 0);
    const values = { key: keys[this.key], query: queries[most], weight: this.percent(rows[most][this.key]) };
    this.section.querySelector("[data-maps-says]").textContent = filled(this.section.dataset.keySays ?? "", values);
  }

  // The picture under a grid of its patches: the row's weights as colour, and where queries are patches too, buttons.
  drawPatches(row, query) {
    const { column_grid: grid, column_extra: extra, picture } = this.maps;
    const box = this.section.querySelector("[data-maps-patches]");
    box.hidden = !grid;
    if (!grid) return;
    if (!this.patches.children.length) this.makePatches(grid, picture);
    const most = Math.max(...row.slice(extra));
    const rowsArePatches = Boolean(this.maps.row_grid);
    [...this.patches.querySelectorAll("button")].forEach((patch, index) => {
      const weight = row[extra + index];
      patch.style.setProperty("--share", `${most ? (100 * weight) / most : 0}%`);
      const isChosen = rowsArePatches && index === query - this.maps.row_extra;
      patch.setAttribute("aria-pressed", isChosen);
      patch.tabIndex = index === Math.max(0, rowsArePatches ? query - this.maps.row_extra : 0) ? 0 : -1;
      patch.ariaLabel = `${filled(this.section.dataset.patch, { row: Math.floor(index / grid[1]) + 1, column: (index % grid[1]) + 1 })}: ${weightFigure(weight, 4)}`;
    });
  }

  makePatches([rows, columns], picture) {
    if (picture) {
      const image = document.createElement("img");
      image.alt = "";
      image.src = `${this.section.dataset.pictures}${picture}.png`;
      this.patches.append(image);
    }
    const grid = document.createElement("div");
    grid.style.gridTemplateColumns = `repeat(${columns}, 1fr)`;
    for (let index = 0; index < rows * columns; index += 1) {
      const patch = document.createElement("button");
      patch.type = "button";
      patch.dataset.patch = index;
      grid.append(patch);
    }
    this.patches.append(grid);
  }

  list(row, query) {
    const { rows, columns } = this.maps;
    const order = Array.from(row, (_, key) => key).filter((key) => row[key] > 0);
    order.sort((one, other) => row[other] - row[one]).splice(MOST_LISTED);
    const body = this.section.querySelector("[data-maps-listed]");
    body.replaceChildren(
      ...order.map((key) => {
        const line = document.createElement("tr");
        const [name, weight] = [document.createElement("th"), document.createElement("td")];
        name.scope = "row";
        name.textContent = columns[key];
        weight.textContent = this.percent(row[key]);
        line.append(name, weight);
        return line;
      }),
    );
    const says = this.section.querySelector("[data-maps-says]");
    says.textContent = "";
    if (!order.length) return; // a query that may attend to nothing
    const values = { query: rows[query], key: columns[order[0]], weight: this.percent(row[order[0]]) };
    says.textContent = filled(this.section.dataset.rowSays, values);
  }

  percent(share) {
    return filled(this.section.dataset.percent ?? "%(percent)s %", { percent: (100 * share).toFixed(1) });
  }

  drawGrid(layer, head) {
    const list = this.section.querySelector("[data-maps-grid]");
    const layers = this.isSmall ? [...this.layers.keys()] : [layer];
    const shown = layers.join();
    if (list.dataset.shown !== shown) {
      list.dataset.shown = shown;
      list.classList.toggle("is-dense", this.maps.layers * this.maps.heads > MOST_NAMED);
      list.replaceChildren(...layers.flatMap((one) => this.layers.get(one).map((rows, index) => this.tile(one, index + 1, rows))));
    }
    for (const button of list.querySelectorAll("button")) {
      const isShown = Number(button.dataset.layer) === layer && Number(button.dataset.head) === head;
      if (isShown) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
  }

  tile(layer, head, rows) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    Object.assign(button.dataset, { layer, head });
    const canvas = document.createElement("canvas");
    canvas.ariaHidden = "true";
    paintWeights(canvas, rows);
    const entropy = rows.reduce((sum, row) => sum + spreadOf(row).entropy, 0) / rows.length;
    const name = filled(this.section.dataset.headName, { layer, head });
    const spread = filled(this.section.dataset.entropy, { entropy: entropy.toFixed(2) });
    const small = document.createElement("small");
    if (this.maps.layers * this.maps.heads > MOST_NAMED) {
      button.ariaLabel = button.title = `${layer}.${head}: ${name}, ${spread}`;
      button.append(canvas, `${layer}.${head}`);
    } else {
      small.textContent = spread;
      button.append(canvas, name, small);
    }
    item.append(button);
    return item;
  }

  clicked({ target }) {
    const button = target.closest("[data-patch], [data-layer], [data-side]");
    if (!button) return;
    const { patch, layer, head, side, index } = button.dataset;
    if (layer) this.choose({ layer, head });
    else if (side === "q") this.choose({ query: Number(index) + 1 });
    else if (side === "k") this.chooseKey(Number(index));
    else if (patch && this.maps.row_grid) this.choose({ query: Number(patch) + this.maps.row_extra + 1 });
  }

  pressed(event) {
    const token = event.target.closest("[data-side]");
    if (token) return this.pressedToken(event, token);
    const patch = event.target.closest("[data-patch]");
    const move = MOVES[event.key];
    if (!patch || !move) return undefined;
    const [rows, columns] = this.maps.column_grid;
    const [row, column] = [Math.floor(patch.dataset.patch / columns) + move[0], (patch.dataset.patch % columns) + move[1]];
    if (row < 0 || row >= rows || column < 0 || column >= columns) return undefined;
    event.preventDefault();
    const next = this.patches.querySelector(`[data-patch="${row * columns + column}"]`);
    patch.tabIndex = -1;
    next.tabIndex = 0;
    return next.focus();
  }

  pressedToken(event, token) {
    const { side, index } = token.dataset;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      if (side === "q") this.choose({ query: Number(index) + 1 });
      else this.chooseKey(Number(index));
      return;
    }
    const by = MOVES[event.key]?.[0];
    if (!by) return;
    const next = this.section.querySelector(`[data-side=${side}][data-index="${Number(index) + by}"]`);
    if (!next) return;
    event.preventDefault();
    next.focus();
  }
}

function meanOf(heads) {
  return heads[0].map((row, query) => Float32Array.from(row, (_, key) => heads.reduce((sum, rows) => sum + rows[query][key], 0) / heads.length));
}

let view = null;

function begin() {
  const section = document.querySelector(".maps");
  if (section && section !== view?.section) view = new MapsView(section);
}

document.body.addEventListener("htmx:afterSettle", begin);
whenThemeChanges(() => {
  if (!view?.section.isConnected) return;
  delete view.section.querySelector("[data-maps-grid]").dataset.shown;
  view.draw();
});
begin();
