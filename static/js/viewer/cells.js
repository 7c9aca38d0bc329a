// Where a cell stands in the computation, and what belongs to it. Tables are the server's, templates/lab/_matrix.html.
//
//   placeOf(cell, window)   → { table: "weights", query: 4, column: 0 }, counted from 0 in the whole matrices
//   light(viewer, place, window, { isWholeRow, valueColumn })   marks the row of Q, the column of K, that of V, the cell

export const PAIRS = ["scores", "scaled", "masked", "weights"];
const BY_QUERY = [...PAIRS, "Q", "left", "output", "joined", "spread"];
const TABLE_OF = {
  scores: "scores", scale: "scaled", mask: "masked", softmax: "weights", spread: "weights", output: "output", join: "joined",
};

export function cellsOf(table) {
  return [...table.tBodies[0].rows].map((row) => [...row.querySelectorAll(".cell")]);
}

export function tableOf(viewer, name) {
  return viewer.querySelector(`table[data-table="${name}"]`);
}

// The table that a step fills, or tells of. A result too large to keep its steps has its output of all heads alone.
export function tableOfStep(viewer, step) {
  const own = TABLE_OF[step];
  return own === "output" && !viewer.querySelector('[data-box="output"]') ? "joined" : own;
}

// The last table before this one that there is: an idle step has none.
export function previousTable(viewer, name) {
  return PAIRS.slice(0, PAIRS.indexOf(name)).filter((one) => viewer.querySelector(`[data-box="${one}"]`)).at(-1);
}

// Which column of the whole matrix each column of the table is, as its header says: "k5" and "5" are 4; "⋯" is none.
function columnsOf(table) {
  const headers = [...table.tHead.rows[0].cells].slice(1, 1 + table.tBodies[0].rows[0].querySelectorAll(".cell").length);
  return headers.map((header) => (/\d/.test(header.textContent) ? Number(header.textContent.replace(/\D/g, "")) - 1 : null));
}

// `column` is null where the middle columns are left out, `query` where the rows are no queries.
export function placeOf(cell, window) {
  const [row, table] = [cell.parentElement, cell.closest("table")];
  const name = table.dataset.table;
  const column = columnsOf(table)[[...row.querySelectorAll(".cell")].indexOf(cell)];
  return { table: name, query: BY_QUERY.includes(name) ? row.sectionRowIndex + window.query - 1 : null, column };
}

// The cell of `table` at the query and the column of the whole matrix; undefined where another part is shown.
export function cellAt(viewer, { table, query, column }, window) {
  const grid = tableOf(viewer, table);
  return grid ? cellsOf(grid)[query - (window.query - 1)]?.[columnsOf(grid).indexOf(column)] : undefined;
}

export function isPair({ table }) {
  return PAIRS.includes(table);
}

export function isOutput({ table }) {
  return table === "output" || table === "joined";
}

const LIGHTS = ["lit-q", "lit-k", "lit-v", "lit-cell", "lit-head"];

export function unlight(viewer) {
  for (const lit of viewer.querySelectorAll(LIGHTS.map((name) => `.${name}`).join())) lit.classList.remove(...LIGHTS);
}

export function light(viewer, place, window, { isWholeRow, valueColumn }) {
  unlight(viewer);
  const row = place.query - (window.query - 1);
  const mark = (name, light, pick) => {
    const table = tableOf(viewer, name);
    if (table) pick(cellsOf(table), table).filter(Boolean).forEach((cell) => cell.classList.add(light));
  };
  const rowOf = (cells) => cells[row] ?? [];
  const columnOf = (column) => (cells, table) => {
    const at = columnsOf(table).indexOf(column);
    return cells.map((line) => line[at]);
  };
  if (isPair(place)) {
    const at = place.column - (window.key - 1);
    for (const name of PAIRS) {
      if (isWholeRow) mark(name, "lit-q", rowOf);
      mark(name, "lit-cell", (cells) => [cells[row]?.[at]]);
      mark(name, "lit-head", (_, table) => [table.tBodies[0].rows[row]?.cells[0], table.tHead.rows[0].cells[at + 1]]);
    }
    for (const name of ["Q", "left"]) mark(name, "lit-q", rowOf);
    mark("right", "lit-k", columnOf(place.column));
    for (const name of ["K", "V"]) mark(name, name === "K" ? "lit-k" : "lit-v", (cells) => cells[at] ?? []);
  } else if (isOutput(place)) {
    mark("weights", "lit-q", rowOf);
    mark("V", "lit-v", columnOf(valueColumn));
    mark(place.table, "lit-cell", (cells, table) => [cells[row]?.[columnsOf(table).indexOf(place.column)]]);
    mark("weights", "lit-head", (_, table) => [table.tBodies[0].rows[row]?.cells[0]]);
  }
}
