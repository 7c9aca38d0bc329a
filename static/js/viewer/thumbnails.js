// The tables in small on the tabs of their steps, in the very colours of their cells.

import { cellsOf, tableOf } from "./cells.js";
import { colourOf } from "./colours.js";

const STEP = /\b[wsd]\d+\b/;

export function drawThumbnail(canvas, viewer, name) {
  const table = name && tableOf(viewer, name);
  const pen = canvas.getContext("2d");
  pen.clearRect(0, 0, canvas.width, canvas.height);
  if (!table) return;
  const cells = cellsOf(table);
  const side = Math.min(canvas.width / cells[0].length, canvas.height / cells.length);
  const gap = side > 6 ? 1 : 0;
  const plain = getComputedStyle(viewer).borderTopColor;
  cells.forEach((row, at) =>
    row.forEach((cell, column) => {
      const [x, y] = [column * side, at * side];
      const isHidden = cell.classList.contains("hidden");
      const step = STEP.exec(cell.className)?.[0];
      pen.fillStyle = step && !isHidden ? colourOf(step) : plain;
      if (isHidden) pen.fillRect(x, y + side / 2 - 0.5, side - gap, 1);
      else pen.fillRect(x, y, side - gap, side - gap);
    }),
  );
}
