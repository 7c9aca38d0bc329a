// Moves through a table of cells by keys, as in a spreadsheet: one stop of the Tab key for each table.
//
//   watchGrids(viewer)     after the tables were drawn
//   cellBy(event, cell)    where a key leads

const PAGE = 5;

export function watchGrids(viewer) {
  for (const table of viewer.querySelectorAll("table[data-table]")) {
    const first = table.querySelector("td.cell");
    if (!first) continue;
    table.setAttribute("role", "grid");
    table.parentElement.removeAttribute("tabindex");
    for (const cell of table.querySelectorAll("td.cell")) cell.tabIndex = -1;
    first.tabIndex = 0;
  }
}

// The cell that a key leads to from this one, or null where the key means nothing here.
export function cellBy(event, cell) {
  if (event.altKey || (event.metaKey && event.key.startsWith("Arrow"))) return null; // the browser's own
  const rows = [...cell.closest("tbody").rows].map((row) => [...row.querySelectorAll("td.cell")]);
  const row = cell.parentElement.sectionRowIndex;
  const column = rows[row].indexOf(cell);
  const last = { row: rows.length - 1, column: rows[row].length - 1 };
  const all = event.ctrlKey || event.metaKey;
  const to = {
    ArrowLeft: [row, column - 1],
    ArrowRight: [row, column + 1],
    ArrowUp: [row - 1, column],
    ArrowDown: [row + 1, column],
    Home: [all ? 0 : row, 0],
    End: [all ? last.row : row, last.column],
    PageUp: [Math.max(0, row - PAGE), column],
    PageDown: [Math.min(last.row, row + PAGE), column],
  }[event.key];
  return to ? (rows[to[0]]?.[to[1]] ?? cell) : null;
}

export function focusCell(cell) {
  for (const other of cell.closest("table").querySelectorAll('td.cell[tabindex="0"]')) other.tabIndex = -1;
  cell.tabIndex = 0;
  cell.focus();
}
