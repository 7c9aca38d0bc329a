// Sentences come from the server as patterns, as Python writes them.
//
//   filled("q%(query)s looks at k%(key)s", { query: 5, key: 1 })  "q5 looks at k1"

export function filled(pattern, values) {
  return pattern.replace(/%\((\w+)\)s|%%/g, (found, name) => (found === "%%" ? "%" : values[name]));
}
