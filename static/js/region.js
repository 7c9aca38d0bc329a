// In a grid of cells the arrow keys go from one to its neighbour, and Tab goes on to what follows the grid. The space bar
// chooses, as it does without the script; only a radio button under the arrow keys would be chosen at once.
//
//   <fieldset data-region> <p class="help" data-with-keys="…"> <table><tbody><tr><td><input type="radio"> …

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

function reach(rows, current) {
  for (const input of rows.flat()) input.tabIndex = input === current ? 0 : -1;
}

function target(event, rows, row, column) {
  const last = rows[row].length - 1;
  if (event.key === "Home") return rows[row][0];
  if (event.key === "End") return rows[row][last];
  const step = STEPS[event.key];
  return step && (rows[row + step[0]]?.[column + step[1]] ?? rows[row][column]);
}

function move(event, rows) {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const row = rows.findIndex((one) => one.includes(event.target));
  const found = row >= 0 && target(event, rows, row, rows[row].indexOf(event.target));
  if (!found) return;
  event.preventDefault();
  reach(rows, found);
  found.focus();
}

function enhance(root) {
  const grids = root.matches?.("[data-region]") ? [root] : root.querySelectorAll("[data-region]");
  for (const grid of grids) {
    if (grid.dataset.region === "ready") continue;
    grid.dataset.region = "ready";
    const rows = [...grid.querySelectorAll("tbody tr")].map((row) => [...row.querySelectorAll("input")]);
    const help = grid.querySelector(".help");
    help.append(" ", help.dataset.withKeys);
    reach(rows, grid.querySelector("input:checked") ?? rows[0][0]);
    grid.addEventListener("keydown", (event) => move(event, rows));
    grid.addEventListener("change", (event) => reach(rows, event.target));
  }
}

enhance(document);
document.addEventListener("htmx:load", (event) => enhance(event.detail.elt));
