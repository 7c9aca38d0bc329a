// The call that stands in the attention form, or null where only the server can say: what cannot be read or is refused,
// what is too large to compute at once, and learned parameters that it has not handed over.
//
//   formCall(form, known)      `known` is what camp/lab/live_call.py put beside the last picture

import { readMatrix, readNumber, splitCells } from "../matrix_text.js";

const MOST_CELLS = 4096; // camp/lab/stage_arrays.py
const MOST_WIDTH = 64;
const MOST_TEXT = 2 ** 14;
const LARGEST = 1e6;

export function formCall(form, known) {
  try {
    return checked(read(form, known), known);
  } catch {
    return null; // what is wrong with it the server says, at its field
  }
}

function read(form, known) {
  const text = (name) => form.elements[name].value.trim();
  const number = (name, otherwise) => (text(name) ? readNumber(text(name)) : otherwise);
  const [query, key, value] = ["query", "key", "value"].map((name) => {
    if (text(name).length > MOST_TEXT) throw new RangeError(name);
    return rowsOf(name, text(name));
  });
  const padding = text("key_padding");
  const mask = text("mask");
  return {
    function: text("function"), query, key, value, causal: form.elements.causal.checked,
    key_padding: padding ? flags(padding).flat() : null, mask: mask ? flags(mask) : null,
    scale: number("scale", null), temperature: number("temperature", 1), num_heads: number("num_heads", 1),
    seed: number("seed", 0), givenParameters: text("parameters"), parameters: known.parameters,
  };
}

const readBefore = new Map(); // of each matrix: the text and its rows, which most changes leave as they are

function rowsOf(name, text) {
  if (readBefore.get(name)?.text !== text) readBefore.set(name, { text, rows: readMatrix(text).rows });
  return readBefore.get(name).rows;
}

function flags(text) {
  return splitCells(text).texts.map((row) => row.map((cell) => {
    if (cell !== "0" && cell !== "1") throw new RangeError(cell);
    return cell === "1";
  }));
}

function checked(call, known) {
  const { query, key, value, num_heads: heads, temperature, scale } = call;
  const widths = [query, key, value].map((rows) => rows[0].length);
  const isLearned = known.learned.includes(call.function);
  const isRight =
    key.length === value.length && (isLearned || widths[0] === widths[1])
    && [query, key, value].flat(2).every((entry) => Math.abs(entry) <= LARGEST)
    && Number.isInteger(heads) && heads >= 1 && widths.every((width) => width % heads === 0)
    && temperature >= 1e-3 && temperature <= 1e3
    && (scale === null || (scale !== 0 && Math.abs(scale) <= LARGEST && call.function === "scaled_dot_product"))
    && (!call.key_padding || call.key_padding.length === key.length)
    && (!call.mask || (call.mask.length === query.length && call.mask.every((row) => row.length === key.length)))
    && heads * query.length * key.length <= MOST_CELLS && Math.max(...widths) <= MOST_WIDTH;
  const hasParameters = isLearned ? areParametersOf(call, known) : !call.givenParameters;
  return isRight && hasParameters ? { ...call, parameters: isLearned ? known.parameters : {} } : null;
}

function areParametersOf(call, { function: name, seed, heads, shapes, given }) {
  const isSame = call.function === name && call.seed === seed && call.num_heads === heads && call.givenParameters === given;
  return isSame && call.query[0].length === shapes[0][1] && call.key[0].length === shapes[1][1];
}
