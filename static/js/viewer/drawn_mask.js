// Hides a pair in the form's own mask, or shows it again: the text of 0 and 1 that the form sends.

export function togglePair(form, { query: queries, key: keys, mask }, query, key) {
  const rows = queries.map((_, at) => keys.map((__, other) => mask?.[at]?.[other] ?? true));
  rows[query][key] = !rows[query][key];
  const isWhole = rows.every((row) => row.every(Boolean));
  const field = form.elements.mask;
  field.value = isWhole ? "" : rows.map((row) => row.map(Number).join(" ")).join("\n");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
}
