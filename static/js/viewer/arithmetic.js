// One cell written out with its own numbers. Pure functions: texts in, texts out; a power is marked as e^{…}.
//
//   pairSums(work, "softmax", 4, 0)   query 5 and key 1, counted from 0
//   → { value, lines: ["w = e^{0.05} ÷ (…) ≈ 1.0513 ÷ 5.8237 ≈ 0.1805", …] }
//
// `work` is { call, stages, head, words, allDigits }: what explain() made of the call, and patterns of sentences.

import { factorOf, ofHead, parametersOf, takesScale } from "../attention/explain.js";
import { factorsOf } from "../attention/scores.js";
import { hiddenBy } from "../attention/visible.js";
import { allDigits, figure, written } from "../figures.js";
import { filled } from "../sentences.js";

const MOST_TERMS = 6;
const LARGE_SCORE = 20; // beyond it e to the power of a score is a number that nobody reads

export function pairSums(work, step, query, key) {
  const sums = { scores: scoreSums, scale: scaleSums, mask: maskSums, softmax: weightSums };
  return sums[step](work, query, key);
}

// A number as it stands in a sum, and whether that is all of it.
function number(work, value) {
  const short = written(value);
  if (!work.allDigits || !Number.isFinite(value)) return short;
  const text = allDigits(value);
  return { text, isExact: short.isExact && text === short.text };
}

function factor(work, value) {
  const { text, isExact } = number(work, value);
  return { text: text.startsWith("−") ? `(${text})` : text, isExact };
}

// "= 0.05" where every number before it and it itself are all there, else "≈ 0.1805".
function equals(work, value, parts = []) {
  const { text, isExact } = number(work, value);
  return `${isExact && parts.every((part) => part.isExact) ? "=" : "≈"} ${text}`;
}

// "a×b + c×d + 58 more terms"
function sumOf(work, parts) {
  const shown = parts.slice(0, MOST_TERMS).map(({ text }) => text);
  if (parts.length > MOST_TERMS) shown.push(filled(work.words.more_terms, { count: parts.length - MOST_TERMS }));
  return shown.join(" + ");
}

function times(work, one, other) {
  const parts = [factor(work, one), factor(work, other)];
  return { text: parts.map(({ text }) => text).join("×"), isExact: parts.every(({ isExact }) => isExact) };
}

function scoreSums(work, query, key) {
  const { call, head, words } = work;
  const heads = call.num_heads ?? 1;
  const parameters = parametersOf(call, head);
  const [queries, keys] = [ofHead(call.query, head, heads), ofHead(call.key, head, heads)];
  const [left, right] = factorsOf(call.function, queries, keys, parameters).map((rows, side) => rows[side ? key : query]);
  const value = work.stages.scores[head][query][key];
  const parts = left.map((entry, index) =>
    call.function === "additive" ? bent(work, parameters.vector[index], entry, right[index]) : times(work, entry, right[index]),
  );
  const sign = parts.every(({ isExact }) => isExact) ? "=" : "≈";
  const how = { general: "by_weight", additive: "by_tanh", cosine: "by_direction" }[call.function] ?? "entry_by_entry";
  return {
    value,
    lines: [
      `s ${sign} ${sumOf(work, parts)} ${equals(work, value, parts)}`,
      filled(words[how], { query: query + 1, key: key + 1 }),
    ],
  };
}

function bent(work, weight, one, other) {
  const parts = [factor(work, weight), number(work, one), factor(work, other)];
  return { text: `${parts[0].text}×tanh(${parts[1].text} + ${parts[2].text})`, isExact: parts.every(({ isExact }) => isExact) };
}

function scaleSums(work, query, key) {
  const { call, head, stages } = work;
  const [before, value] = [stages.scores[head][query][key], stages.scaled[head][query][key]];
  const parts = [number(work, before)];
  let text = parts[0].text;
  if (takesScale(call) && (call.scale ?? null) === null) {
    const width = Math.round(factorOf(call) ** -2);
    parts.push({ isExact: Number.isInteger(Math.sqrt(width)) });
    text += ` ÷ √${width}`;
  } else if (takesScale(call)) {
    const given = factor(work, call.scale);
    parts.push(given);
    text += ` × ${given.text}`;
  }
  const temperature = number(work, call.temperature ?? 1);
  parts.push(temperature);
  return { value, lines: [`${text} ÷ T ${temperature.text} ${equals(work, value, parts)}`] };
}

function maskSums(work, query, key) {
  const { call, head, stages, words } = work;
  const why = hiddenBy(call, query, key);
  const value = stages.masked[head][query][key];
  const places = { query: query + 1, key: key + 1, score: number(work, value).text };
  return { value, lines: [filled(words[why ? `hidden_${why}` : "stays"], places)] };
}

function weightSums(work, query, key) {
  const { head, stages, words } = work;
  const masked = stages.masked[head][query];
  const value = stages.weights[head][query][key];
  const seen = masked.filter((score) => score > -Infinity);
  const places = { query: query + 1, key: key + 1 };
  if (!seen.length) return { value, lines: [filled(words.no_key, places)] };
  if (masked[key] === -Infinity) return { value, lines: [words.hidden_weight, shareOf(work, query, value, seen.length)] };
  const largest = Math.max(...seen);
  const isShifted = Math.abs(largest) > LARGE_SCORE;
  const less = isShifted ? largest : 0;
  const power = (score) => `e^{${number(work, score - less).text}}`;
  const total = seen.reduce((sum, score) => sum + Math.exp(score - less), 0);
  const [top, bottom] = [Math.exp(masked[key] - less), total].map((part) => number(work, part).text);
  const sign = seen.every((score) => number(work, score - less).isExact) ? "=" : "≈";
  const quotient = `w ${sign} ${power(masked[key])} ÷ (${sumOf(work, seen.map((score) => ({ text: power(score) })))})`;
  const lines = [`${quotient} ≈ ${top} ÷ ${bottom} ${equals(work, value, [{ isExact: seen.length === 1 }])}`];
  if (isShifted) lines.unshift(filled(words.taken_off, { score: number(work, largest).text }));
  return { value, lines: [...lines, shareOf(work, query, value, seen.length)] };
}

// Three digits, and never all or nothing where it is not.
function percent(share) {
  const rounded = Number((100 * share).toPrecision(3));
  if (rounded === 100 && share < 1) return "≈100 %";
  return `${rounded > 0 && rounded < 0.001 ? figure(100 * share, 3) : rounded} %`;
}

function shareOf({ words }, query, weight, count) {
  return filled(words.share, { percent: percent(weight), query: query + 1, equal: percent(1 / count) });
}

// Column `column` (from 0) of what the head makes of the query.
export function outputSums(work, query, column) {
  const { call, head, stages, words } = work;
  const value = stages.headOutput[head][query][column];
  const rows = ofHead(call.value, head, call.num_heads ?? 1);
  const keys = call.key.map((_, key) => key).filter((key) => hiddenBy(call, query, key) === null);
  if (!keys.length) return { value, lines: [filled(words.no_key, { query: query + 1 })] };
  const parts = keys.map((key) => times(work, stages.weights[head][query][key], rows[key][column]));
  const seen = keys.map((key) => rows[key][column]);
  const places = { least: number(work, Math.min(...seen)).text, greatest: number(work, Math.max(...seen)).text };
  const sign = parts.every(({ isExact }) => isExact) ? "=" : "≈";
  return { value, lines: [`o ${sign} ${sumOf(work, parts)} ${equals(work, value, parts)}`, filled(words.between, places)] };
}

// Column `column` (from 0) of all heads' outputs side by side.
export function joinedSums({ call, stages, words }, query, column) {
  const width = call.value[0].length / (call.num_heads ?? 1);
  const places = { column: column + 1, own: (column % width) + 1, head: Math.floor(column / width) + 1 };
  return { value: stages.output[query][column], lines: [filled(words.joined, places)] };
}
