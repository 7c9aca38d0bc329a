// Who may look at whom: the causal mask, padding and a drawn mask, combined by "and". Pure functions.
//
//   visiblePairs(call)            (n_q, n_k) of true and false
//   hiddenBy(call, query, key)    "causal", "padding", "drawn" or null, counted from 0; the first that hides the pair

export function visiblePairs(call) {
  return call.query.map((_, query) => call.key.map((__, key) => hiddenBy(call, query, key) === null));
}

export function hiddenBy({ query: queries, key: keys, causal, key_padding: padding, mask }, query, key) {
  // Aligned at the end: the last query sees the last key, however many of either there are.
  if (causal && key > query + keys.length - queries.length) return "causal";
  if (padding && !padding[key]) return "padding";
  if (mask && !mask[query][key]) return "drawn";
  return null;
}
