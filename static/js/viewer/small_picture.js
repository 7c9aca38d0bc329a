// Weights as a picture of one pixel each, which the browser makes larger.
//
//   paintWeights(canvas, rows)   rows: an array of queries, each an array of the weights of its keys

import { weightStep } from "../figures.js";
import { weightPixels } from "./colours.js";

export function paintWeights(canvas, rows) {
  [canvas.width, canvas.height] = [rows[0].length, rows.length];
  const colours = weightPixels();
  const image = new ImageData(canvas.width, canvas.height);
  const pixels = new Uint32Array(image.data.buffer);
  rows.forEach((row, query) => {
    for (let key = 0; key < row.length; key += 1) pixels[query * row.length + key] = colours[weightStep(row[key])];
  });
  canvas.getContext("2d").putImageData(image, 0, 0);
}
