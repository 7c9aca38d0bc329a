// One head as arcs from queries on the left to keys on the right; the wider the arc, the larger the weight.
//
//   drawArcs(svg, { rows, queries, keys, chosen })   queries, keys: labels; chosen: { side: "q" or "k", index } or null
//
// Returns how many arcs below an equal share were left out. With a token chosen its arcs alone are drawn, with their
// figures; tokens are buttons with data-side and data-index.

import { weightFigure } from "../figures.js";

const SVG = "http://www.w3.org/2000/svg";
const ROW = 28; // height of a token
const [NARROW, BETWEEN] = [112, 408]; // between the labels: as wide as there is room for
const LEAST = 56; // width of a label
const MOST = 160;
const WIDE = 8.2; // of a character of 13 px, about; Chinese characters count twice

export function drawArcs(svg, { rows, queries, keys, chosen }) {
  const [left, last] = [widthOf(queries), widthOf(keys)];
  const room = svg.parentElement.clientWidth - left - last;
  const right = left + Math.max(NARROW, Math.min(BETWEEN, room));
  const height = ROW * Math.max(queries.length, keys.length);
  svg.setAttribute("viewBox", `0 0 ${right + last} ${height}`);
  svg.setAttribute("width", right + last); // a unit is a pixel: letters keep their size on a phone
  const { arcs, leftOut } = shownArcs(rows, chosen);
  const side = chosen?.side === "q" ? "k" : "q";
  const figures = chosen ? arcs.map(({ query, key, weight }) => figureAt(side, side === "k" ? key : query, weight, left, right)) : [];
  const focused = svg.contains(document.activeElement) ? document.activeElement.dataset : null;
  svg.replaceChildren(
    ...arcs.map(({ query, key, weight }) => arc(query, key, weight, left, right)),
    ...figures,
    ...queries.map((label, index) => token("q", index, label, chosen, 0, left)),
    ...keys.map((label, index) => token("k", index, label, chosen, right, last)),
  );
  if (focused) svg.querySelector(`[data-side=${focused.side}][data-index="${focused.index}"]`)?.focus();
  return leftOut;
}

function widthOf(labels) {
  const widest = Math.max(0, ...labels.map((label) => [...label].reduce((sum, one) => sum + (one > "\u2e7f" ? 2 : 1), 0)));
  return Math.min(MOST, Math.max(LEAST, 16 + widest * WIDE));
}

function shownArcs(rows, chosen) {
  const arcs = [];
  let leftOut = 0;
  rows.forEach((row, query) => {
    const equal = 1 / Math.max(1, Array.from(row).filter((weight) => weight > 0).length);
    row.forEach((weight, key) => {
      const isAsked = chosen && (chosen.side === "q" ? chosen.index === query : chosen.index === key);
      if (!weight || (chosen && !isAsked)) return;
      if (!chosen && weight < equal * (1 - 1e-6)) leftOut += 1;
      else arcs.push({ query, key, weight });
    });
  });
  return { arcs, leftOut };
}

function made(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function middle(index) {
  return ROW * (index + 0.5);
}

function arc(query, key, weight, left, right) {
  const [from, to, half] = [middle(query), middle(key), (left + right) / 2];
  return made("path", { d: `M${left} ${from}C${half} ${from} ${half} ${to} ${right} ${to}`, "stroke-width": Math.max(0.5, 6 * weight) });
}

function figureAt(side, index, weight, left, right) {
  const place = side === "q" ? { x: left + 6, "text-anchor": "start" } : { x: right - 6, "text-anchor": "end" };
  const text = made("text", { ...place, y: middle(index) + 4, class: "figure" });
  text.textContent = weightFigure(weight, 4);
  return text;
}

function token(side, index, label, chosen, start, width) {
  const isChosen = chosen?.side === side && chosen.index === index;
  const tabindex = index === (chosen?.side === side ? chosen.index : 0) ? 0 : -1;
  const group = made("g", { role: "button", tabindex, "data-side": side, "data-index": index, "aria-pressed": isChosen });
  const isQuery = side === "q";
  const place = { x: isQuery ? width - 10 : start + 10, "text-anchor": isQuery ? "end" : "start" };
  const text = made("text", { ...place, y: middle(index) + 4, class: side });
  text.textContent = label;
  group.append(made("rect", { x: start + (isQuery ? 0 : 4), y: ROW * index + 1, width: width - 4, height: ROW - 2, rx: 4 }), text);
  return group;
}
