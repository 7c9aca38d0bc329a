// Every stage of one attention call, in float64, in the browser: attention_core/reference.py, step by step. No page, no
// request: what a page draws at once is computed here, and tests/browser/test_computed_here.py holds it to a worker's.
//
//   explain({ function: "scaled_dot_product", query, key, value, causal: true })
//   → { scores, scaled, masked, weights, headOutput, output, entropy, effectiveTokens }
//
// The call has the names and the meaning of the API's params. All but `output` have an axis of heads first; a hidden
// score is −Infinity. Learned parameters are given: the server draws them from the seed, never the browser.

import { SCORES, product } from "./scores.js";
import { visiblePairs } from "./visible.js";

export function takesScale(call) {
  return call.function === "scaled_dot_product";
}

// What the scores are multiplied by before the temperature divides them.
export function factorOf(call) {
  if (!takesScale(call)) return 1;
  return call.scale ?? 1 / Math.sqrt(call.key[0].length / (call.num_heads ?? 1));
}

// The columns of one head (from 0): heads share the features out among them, in order.
export function ofHead(rows, head, heads) {
  const width = rows[0].length / heads;
  return heads === 1 ? rows : rows.map((row) => row.slice(head * width, (head + 1) * width));
}

// With more than one head every learned parameter has an axis of heads.
export function parametersOf(call, head) {
  const entries = Object.entries(call.parameters ?? {});
  return Object.fromEntries(entries.map(([name, array]) => [name, (call.num_heads ?? 1) > 1 ? array[head] : array]));
}

export function explain(call) {
  const heads = call.num_heads ?? 1;
  const visible = visiblePairs(call);
  const stages = Array.from({ length: heads }, (_, head) => explainHead(call, head, heads, visible));
  const spreads = stages.map(({ weights }) => weights.map(spreadOf));
  return {
    ...Object.fromEntries(Object.keys(stages[0]).map((name) => [name, stages.map((stage) => stage[name])])),
    output: call.query.map((_, query) => stages.flatMap((stage) => stage.headOutput[query])),
    entropy: spreads.map((rows) => rows.map((row) => row.entropy)),
    effectiveTokens: spreads.map((rows) => rows.map((row) => row.effectiveTokens)),
  };
}

function explainHead(call, head, heads, visible) {
  const [query, key, value] = [call.query, call.key, call.value].map((rows) => ofHead(rows, head, heads));
  const factor = factorOf(call);
  const temperature = call.temperature ?? 1;
  const scores = SCORES[call.function ?? "scaled_dot_product"](query, key, parametersOf(call, head));
  const scaled = scores.map((row) => row.map((score) => (score * factor) / temperature));
  const masked = scaled.map((row, at) => row.map((score, other) => (visible[at][other] ? score : -Infinity)));
  const weights = masked.map(softmax);
  return { scores, scaled, masked, weights, headOutput: product(weights, value) };
}

// −∞ gives 0, and a row of nothing else gives zeros.
export function softmax(row) {
  const largest = row.reduce((most, score) => Math.max(most, score), -Infinity);
  const powers = row.map((score) => (score === -Infinity ? 0 : Math.exp(score - largest)));
  const total = powers.reduce((sum, power) => sum + power, 0) || 1;
  return powers.map((power) => power / total);
}

// Entropy in nats, and how many keys it amounts to; both 0 for a row of zeros.
export function spreadOf(weights) {
  const entropy = Math.abs(weights.reduce((sum, weight) => (weight > 0 ? sum + weight * Math.log(weight) : sum), 0));
  return { entropy, effectiveTokens: weights.some((weight) => weight > 0) ? Math.exp(entropy) : 0 };
}
