// The five scoring functions, in float64: attention_core/reference.py, formula by formula. Pure functions.
//
//   SCORES.additive(query, key, {query_weight, key_weight, vector})   rows of scores, (n_q, n_k)
//
// `query` is (n_q, d_q), `key` (n_k, d_k), one row a token, of one head; so are the learned parameters, where there are any.

export const SCORES = { scaled_dot_product: dots, dot_product: dots, general, additive, cosine };

export function dot(one, other) {
  let sum = 0;
  for (let index = 0; index < one.length; index += 1) sum += one[index] * other[index];
  return sum;
}

// (n, d) · (d, m) → (n, m)
export function product(rows, matrix) {
  return rows.map((row) => {
    const sums = Array(matrix[0].length).fill(0);
    row.forEach((factor, index) => {
      const line = matrix[index];
      for (let column = 0; column < sums.length; column += 1) sums[column] += factor * line[column];
    });
    return sums;
  });
}

// Each row with length 1; a row of zeros stays one.
export function directions(rows) {
  return rows.map((row) => {
    // Brought near 1 first: the squares of 1e200 or 1e-200 leave the range.
    const largest = row.reduce((most, entry) => Math.max(most, Math.abs(entry)), 0) || 1;
    const near = row.map((entry) => entry / largest);
    const length = Math.sqrt(dot(near, near)) || 1;
    return near.map((entry) => entry / length);
  });
}

// What a score is made of: a row of the left, (n_q, d), meets a row of the right, (n_k, d), in a dot product; with
// `additive` in vᵀ tanh(left + right). camp/lab/stage_arrays.py score_factors draws the same.
export function factorsOf(name, query, key, { weight, query_weight: queryWeight, key_weight: keyWeight } = {}) {
  if (name === "general") return [product(query, weight), key];
  if (name === "additive") return [product(query, queryWeight), product(key, keyWeight)];
  if (name === "cosine") return [directions(query), directions(key)];
  return [query, key];
}

function dots(query, key) {
  return query.map((row) => key.map((other) => dot(row, other)));
}

function general(query, key, parameters) {
  return dots(...factorsOf("general", query, key, parameters));
}

function additive(query, key, parameters) {
  const [left, right] = factorsOf("additive", query, key, parameters);
  return left.map((row) =>
    right.map((other) => dot(parameters.vector, row.map((entry, index) => Math.tanh(entry + other[index])))),
  );
}

function cosine(query, key) {
  return dots(...factorsOf("cosine", query, key));
}
