// Matrices as people type and paste them, read in the browser as the server reads them: camp/matrix_cells.py and
// camp/matrix_text.py, rule by rule. tests/data/pasted_matrices.json holds both to the same answers. Pure functions.
//
//   readMatrix("1 1/2\n50% −2")   {rows: [[1, 0.5], [0.5, -2]], texts: [["1", "1/2"], …], rowLabels, columnLabels}
//   splitCells(text)              {texts, rowLabels, columnLabels}, whatever stands in the cells
//   readNumber("1/3")             one number; readTyped reads 0,5 too, for in one cell a comma separates nothing
//   writeCells([["1", "1/2"]])    the text that reads back as these cells
//
// What cannot be read throws Unreadable: a message's name (MESSAGES in camp/matrix_text.py), its values, and the place
// counted from 1 where there is one; with FLAT, a list that could be a row or a column, its `cells` too.

export class Unreadable extends Error {
  constructor(name, values = {}, row = null, column = null) {
    super(name);
    Object.assign(this, { name, values, row, column });
  }
}

// --- Reading ---------------------------------------------------------------------------------------------------------

export function readMatrix(text) {
  const cells = splitCells(text);
  return { ...cells, rows: readRows(cells.texts) };
}

export function readRows(texts) {
  return texts.map((row, index) => {
    if (row.length !== texts[0].length) throw ragged(texts, index);
    return row.map((cell, column) => readAt(cell, index + 1, column + 1));
  });
}

export function ragged(rows, index) {
  const counts = { row: index + 1, count: rows[index].length, first: rows[0].length };
  return new Unreadable(counts.count === 1 ? "RAGGED_BY_ONE" : "RAGGED", counts, index + 1);
}

function readAt(cell, row, column) {
  if (!cell.trim()) throw new Unreadable("EMPTY_CELL", {}, row, column);
  try {
    return readNumber(cell);
  } catch (error) {
    throw placed(error, row, column);
  }
}

// What was found in a cell, with the cell's place.
export function placed(error, row, column) {
  if (error.name !== "NOT_FINITE") return new Unreadable(error.name, error.values, row, column);
  return new Unreadable("NOT_FINITE_AT", { ...error.values, row, column }, row, column);
}

const DECIMAL = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/;
const FRACTION = /^([-+]?\d+(?:\.\d+)?)\s*\/\s*([-+]?\d+(?:\.\d+)?)$/;
const ENDLESS = /^[-+]?(?:nan|inf|infinity|∞)$/i;
const UNFINISHED = /^(?:[-+]?(?:\d+\.?\d*|\.\d*)?|[-+]?(?:\d+\.?\d*|\.\d+)[eE][-+]?|[-+]?\d+(?:\.\d+)?\s*\/\s*[-+]?(?:0*\.?)?)$/;

export function readNumber(written) {
  const text = plain(written).trim();
  if (!text) throw new Unreadable("EMPTY");
  const fraction = FRACTION.exec(text);
  if (fraction && Number(fraction[2]) !== 0) return finite(Number(fraction[1]) / Number(fraction[2]), text);
  const digits = text.replace(/%$/, "").trimEnd();
  if (DECIMAL.test(digits)) return finite(text.endsWith("%") ? Number(digits) / 100 : Number(digits), text);
  if (ENDLESS.test(digits)) {
    throw new Unreadable("NOT_FINITE", { received: /nan/i.test(digits) ? "NaN" : shorten(text) });
  }
  throw new Unreadable("NOT_A_NUMBER", { received: shorten(text) });
}

function finite(number, text) {
  if (Number.isFinite(number)) return number;
  throw new Unreadable("NOT_FINITE", { received: shorten(text) });
}

// The text of one cell as it is kept, which is how it was written, and its number: {text, number}.
export function readTyped(written) {
  const text = plain(written).trim();
  if (!DECIMAL_COMMA.test(text)) return { text: written.trim().replace(/\s+/g, ""), number: readNumber(written) };
  if (COULD_BE_THOUSANDS.test(text)) throw thousands(text);
  return readTyped(text.replace(",", "."));
}

// Whether more keys could still make a number of it: "-", "0.", "1/", "2e".
export function isUnfinished(written) {
  return UNFINISHED.test(plain(written).trim());
}

// --- Writing ---------------------------------------------------------------------------------------------------------

// As the server writes a matrix, where every cell is a number. Else in brackets, where nothing is taken for a label.
export function writeCells(rows) {
  if (rows.flat().every((cell) => isNumber(cell) && !/\s/.test(cell.trim()))) {
    return rows.map((row) => row.map((cell) => cell.trim()).join(" ")).join("\n");
  }
  return `[${rows.map((row) => `[${row.map(writeCell).join(", ")}]`).join(",\n ")}]`;
}

function writeCell(cell) {
  const text = plain(cell).trim();
  return /^[-+%/\p{L}\d]+(?:\.[-+%/\p{L}\d]*)?$/u.test(text) ? text : `"${text.replace(/["\n]/g, "'")}"`;
}

function isNumber(cell) {
  try {
    readNumber(cell);
    return true;
  } catch {
    return false;
  }
}

export function writeNumber(number) {
  return String(number).replace("e+", "e");
}

// --- From text to cells ----------------------------------------------------------------------------------------------

const VULGAR = /([-−+]|(?<![0-9０-９]))([0-9０-９]*)([¼-¾⅐-⅞])/g;
const VULGARS = {
  "¼": 1 / 4, "½": 1 / 2, "¾": 3 / 4, "⅐": 1 / 7, "⅑": 1 / 9, "⅒": 1 / 10, "⅓": 1 / 3, "⅔": 2 / 3, "⅕": 1 / 5, "⅖": 2 / 5,
  "⅗": 3 / 5, "⅘": 4 / 5, "⅙": 1 / 6, "⅚": 5 / 6, "⅛": 1 / 8, "⅜": 3 / 8, "⅝": 5 / 8, "⅞": 7 / 8,
};
const RAISED = /[⁺⁻]?[⁰¹²³⁴-⁹]+/g;
const UNSEEN = /[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\u00ad\ue000\ue001]/g;
const SIGNS = new Map(
  [
    ["−–—‐‑‒", "-"], ["⁄∕÷", "/"], ["\r\v\f\x85\u2028\u2029", "\n"], ["“”„", '"'], ["‘’", "'"], ["【〔", "["], ["】〕", "]"],
    ["\u00a0", " "],
  ].flatMap(([signs, sign]) => [...signs].map((one) => [one, sign])),
);
const SIGN = new RegExp(`[${[...SIGNS.keys()].join("")}]`, "g");
const TIMES_TEN = /(?<=[0-9.])[ ]*[×*][ ]*10\^(?=[-+]?[0-9])/g;
const SHORT = /\.\.\.|[…⋯⋮⋱]|(?<!\S)\.\.(?!\S)/;
const ASSIGNED = /^\s*[A-Za-z_]\w*\s*(?:=|<-)(?!=)/;
const WRAPPER =
  /<?\b(?:np\.|numpy\.|torch\.|tf\.|jnp\.)?(?:[Aa]rray|[Tt]ensor|constant|asarray|matrix|Variable)\s*[(:]|<tf\.Variable '[^'\n]{0,200}'|Parameter containing:/g;
const KEYWORD =
  /\b(?:dtype|shape|size|device|requires_grad|grad_fn|numpy|weak_type)\s*=\s*(?:\([^)]{0,200}\)|'[^'\n]{0,200}'|[\w.<>]*)/g;
const SCALAR = /\b(?:np\.|numpy\.)?(?:float|int|uint)(?:8|16|32|64)?\(([^()]{0,60})\)/g;
const FOOTER = /^\[\d+ rows x \d+ columns\][^\S\n]*$/gm;
const SERIES = /\n(?:Name: [^\n]*, )?(?:Length: \d+, )?dtype: \w+\s*$/;
const IN_R = /\[(?:,\d+|\d+,)\]/g;
const QUOTED = /(?<![^\s,;|&([])(?:"([^"\n]*)"|'([^'\n]*)')(?![^\s,;|&)\]])/g;
const KEPT = /\ue000(\d+)\ue001/g;

// The text in ASCII digits and signs: ½ and 1½ become numbers, full-width and Chinese signs their plain form.
export function plain(text) {
  return text
    .replace(VULGAR, (_, sign, whole, part) => ` ${sign}${Number(whole.normalize("NFKC")) + VULGARS[part]}`)
    .replace(RAISED, "^$&") // 10² is not 102
    .replace(/[，、､]/g, ", ") // a Chinese comma never is a decimal one, which the space says to whoever splits
    .normalize("NFKC")
    .replace(/(?<=[0-9])。(?=[0-9])/g, ".")
    .replace(UNSEEN, "")
    .replace(SIGN, (sign) => SIGNS.get(sign))
    .replace(TIMES_TEN, "e");
}

export function splitCells(written) {
  const [text, quoted] = unquoted(unwrapped(plain(written)));
  try {
    return split(text, quoted);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    const values = Object.entries(error.values).map(([name, value]) => [name, echoed(restore(value, quoted))]);
    const cells = error.cells?.map((cell) => restore(cell, quoted));
    throw Object.assign(error, { values: Object.fromEntries(values), cells });
  }
}

function split(text, quoted) {
  if (SHORT.test(text)) throw new Unreadable("SHORTENED");
  const bare = (rows) => ({ texts: restored(rows, quoted), rowLabels: [], columnLabels: [] });
  if (text.includes("\\begin{")) return bare(latex(text));
  if (text.includes("[") || (/^\s*[({]/.test(text) && !text.includes("\t"))) return bare(bracketed(text, quoted));
  const isSeries = SERIES.test(text);
  const rows = restored(trimmed(table(text.replace(SERIES, ""))), quoted);
  const cells = withoutLabels(rows, isSeries);
  if (!cells.texts.some((row) => row.length)) throw new Unreadable("NO_NUMBERS");
  return withDecimalPoints(cells);
}

// The text without what programs print around an array's numbers.
function unwrapped(text) {
  text = text.replace(ASSIGNED, "").replace(FOOTER, "");
  if (text.includes("[,1]")) text = text.replace(IN_R, " ");
  const bare = text.replace(SCALAR, "$1").replace(WRAPPER, "").replace(KEYWORD, "");
  return bare !== text && !bare.includes("[") && !/^\s*\(/.test(bare) ? stripped(bare, " ,;)>\n", "end") : bare;
}

// The text with each quoted cell put aside, and these: what is within quotes separates nothing.
function unquoted(text) {
  const kept = [];
  const bare = text.replace(QUOTED, (_, double, single) => {
    kept.push(double ?? single);
    return `\ue000${kept.length - 1}\ue001`;
  });
  return [bare, kept];
}

function restored(rows, quoted) {
  if (!rows.some((row) => row.length)) throw new Unreadable("NO_NUMBERS");
  return rows.map((row) => row.map((cell) => restore(cell, quoted)));
}

function echoed(value) {
  return typeof value === "string" ? shorten(value) : value;
}

function restore(cell, quoted) {
  return typeof cell === "string" ? cell.replace(KEPT, (_, index) => quoted[index].trim()) : cell;
}

// --- Brackets and LaTeX ----------------------------------------------------------------------------------------------

const EDGE = " ,;>\n\t";

// Rows of Python and NumPy (one bracket each) or of MATLAB (one bracket, semicolons).
function bracketed(written) {
  let text = stripped(written.replace(/[({]/g, "[").replace(/[)}]/g, "]"), EDGE);
  // A wrapper such as "array(" lost its opening bracket above, so a closing one may be left over.
  let more = text.split("]").length - text.split("[").length;
  for (; more > 0 && text.endsWith("]"); more -= 1) text = stripped(text.slice(0, -1), EDGE, "end");
  const depth = depthOf(text);
  if (depth > 2) throw new Unreadable("TOO_DEEP", { depth });
  const innermost = [...text.matchAll(/\[([^[\]]*)\]/g)].map((match) => match[1]);
  const outside = text.replace(/\[[^[\]]*\]/g, "");
  if (/[^\s[\],;]/.test(outside)) {
    const left = stripped(outside, " ,;[]\n\t");
    throw new Unreadable(/^[-+.\d]/.test(left) ? "BRACKETS" : "NOT_A_NUMBER", { received: left });
  }
  if (depth === 2 || innermost.length > 1) return innermost.map(oneRow);
  return oneBracket(innermost[0]);
}

function oneBracket(inside) {
  if (inside.includes(";")) {
    return inside.split(";").filter((row) => row.trim()).map(oneRow);
  }
  const cells = oneRow(inside);
  if (cells.length > 1) throw Object.assign(new Unreadable("FLAT", { count: cells.length }), { cells });
  return [cells];
}

function oneRow(inside) {
  return byCommasOrSpaces(inside.replaceAll("\n", " ").trim().replace(/,$/, ""));
}

function depthOf(text) {
  let depth = 0;
  let deepest = 0;
  for (const sign of text) {
    depth += (sign === "[") - (sign === "]");
    deepest = Math.max(deepest, depth);
    if (depth < 0) break;
  }
  if (depth !== 0) throw new Unreadable("BRACKETS");
  return deepest;
}

// The rows of the first \begin{…matrix}.
function latex(text) {
  const [, ...after] = text.slice(text.indexOf("\\begin{")).split("}");
  const inside = after.join("}").split("\\end{", 1)[0]
    .replace(/^\s*\{[^{}]*\}/, "") // the columns of an array
    .replace(/\\[dt]?frac\{([^{}]{0,60})\}\{([^{}]{0,60})\}/g, "$1/$2");
  const rows = inside.split("\\\\").filter((row) => row.trim());
  return rows.map((row) => row.split("&").map((cell) => cell.trim()));
}

// --- Lines -----------------------------------------------------------------------------------------------------------

function table(text) {
  const lines = text.split("\n").filter((line) => line.trim()).map((line) => stripped(line, " "));
  if (text.includes("|") && lines.every((line) => line.includes("|") || line.startsWith("+"))) {
    const drawn = lines.filter((line) => !/^[-+=:| ]*$/.test(line)).map((line) => line.replace(/^\||\|$/g, ""));
    return drawn.map((line) => line.split("|").map((cell) => cell.trim()));
  }
  if (text.includes("\t")) return lines.map((line) => line.split("\t").map((cell) => cell.trim()));
  return plainRows(lines);
}

function plainRows(given) {
  let lines = given;
  if (lines.length === 1 && lines[0].includes(";") && /[^\s;]\s+[^\s;]/.test(lines[0])) {
    lines = lines[0].split(";").filter((part) => part.trim()); // 1 2; 3 4
  }
  lines = lines.map((line) => stripped(line, "; ", "end"));
  if (lines.length === 1 && lines[0].includes(";")) return rowsOrDecimals(lines[0]);
  if (lines.some((line) => line.includes(";"))) return lines.map((line) => line.split(";").map((cell) => cell.trim()));
  return lines.map(byCommasOrSpaces);
}

// One line of commas and semicolons without blanks: 0,5;1 is a row, 1,0,0;0,1,0 are rows, 1,0;0,1 could be both.
function rowsOrDecimals(line) {
  const parts = line.split(";").map((part) => part.trim());
  const commas = parts.map((part) => stripped(part, ",").split(",").length - 1);
  if (commas.every((count) => count === 1)) throw new Unreadable("ROWS_OR_DECIMALS", { received: line });
  return commas.every((count) => count > 1) ? parts.map(byCommasOrSpaces) : [parts];
}

function byCommasOrSpaces(written) {
  const parts = written.split("/").map((part) => part.trim()).join("/").split("%");
  const line = [...parts.slice(0, -1).map((part) => part.trimEnd()), parts.at(-1)].join("%").trim();
  if (!line.includes(",")) return words(line);
  const cells = line.split(",").map((part) => part.trim());
  return cells.flatMap((part) => (WORD.test(part) || !part ? [part] : words(part)));
}

function words(text) {
  return text.split(/\s+/).filter(Boolean);
}

// Without the empty rows, and without the columns at either edge that are empty in every row.
function trimmed(given) {
  const rows = given.filter((row) => row.some(Boolean));
  if (!rows.length) return [];
  const shortest = least(rows.map((row) => row.length));
  // 1,2, above 3,4
  const even = rows.map((row) => row.slice(0, Math.max(shortest, row.length - empty([...row].reverse()))));
  const before = least(even.map(empty));
  const after = least(even.map((row) => empty([...row].reverse())));
  return even.map((row) => row.slice(before, Math.max(0, row.length - after)));
}

function empty(row) {
  const filled = row.findIndex(Boolean);
  return filled === -1 ? row.length : filled;
}

function least(numbers) {
  return numbers.reduce((one, other) => Math.min(one, other));
}

// --- Labels and decimal commas ---------------------------------------------------------------------------------------

const WORD = /^[\p{L}_](?![.,]\p{Nd})/u;
const NO_LABEL = /^(?:nan|inf|infinity|none|null|na|n\/a|true|false)$/i;
const DECIMAL_COMMA = /^([-+]?\d+),(\d+(?:[eE][-+]?\d+)?\s*%?)$/;
const COULD_BE_THOUSANDS = /^[-+]?[1-9]\d{0,2},\d{3}\s*%?$/;
const POINT = /^[-+]?\d*\.\d*(?:[eE][-+]?\d+)?\s*%?$/;

function isLabel(text) {
  return WORD.test(text) && !NO_LABEL.test(text) && !isNumber(text);
}

// Takes off a first row and a first column of words, or of pandas' running numbers.
function withoutLabels(rows, isSeries) {
  const first = rows[0];
  let rest = rows.slice(1);
  let header = headerOf(first, rest);
  let hasIndex = isSeries;
  if (!header) {
    rest = rows;
    hasIndex ||= rest.every((row) => row.length > 1 && isLabel(row[0]));
  } else {
    if (rest.length > 1 && rest[0].length === 1 && isLabel(rest[0][0]) && rest[1].length === header.length + 1) {
      rest = rest.slice(1); // the line on which pandas prints the name of its index
    }
    hasIndex = rest[0].length === header.length + 1;
    if (!hasIndex && header.length > 1 && rest.every((row) => isLabel(row[0]))) {
      header = header.slice(1);
      hasIndex = true;
    }
  }
  const columnLabels = header ?? [];
  if (!hasIndex) return { texts: rest, rowLabels: [], columnLabels };
  const rowLabels = rest.map((row) => (row[0] ?? "").replace(/:$/, ""));
  return { texts: rest.map((row) => row.slice(1)), rowLabels, columnLabels };
}

// The column labels that the first row is, if it is one; the corner above an index left off.
function headerOf(first, rest) {
  const names = first[0] === "" ? first.slice(1) : first;
  if (!rest.length || !names.length) return null;
  const beneath = rest.find((row) => row.length > 1 || names.length === 1);
  if (beneath && [0, 1].includes(beneath.length - names.length) && names.every(isLabel)) return names;
  const width = names.length + 1;
  const isIndexed = rest.every((row) => row.length === width) && isCounted(rest.map((row) => row[0]));
  return isIndexed && isCounted(names) ? names : null;
}

function isCounted(texts) {
  return texts.every((text, index) => text === String(index));
}

// Where commas separate nothing, "0,5" is a number: in a table by tabs or semicolons, or within quotes.
function withDecimalPoints(cells) {
  const commas = cells.texts.flatMap((row, index) =>
    row.map((text, column) => ({ text, row: index + 1, column: column + 1 })).filter((cell) => DECIMAL_COMMA.test(cell.text)),
  );
  if (!commas.length || cells.texts.some((row) => row.some((cell) => POINT.test(cell)))) return cells;
  if (commas.every((cell) => COULD_BE_THOUSANDS.test(cell.text))) {
    const [{ text, row, column }] = commas;
    throw placed(thousands(text), row, column);
  }
  const point = (text) => text.replace(DECIMAL_COMMA, "$1.$2");
  return { ...cells, texts: cells.texts.map((row) => row.map(point)) };
}

function thousands(text) {
  return new Unreadable("THOUSANDS", { received: text, point: text.replace(",", "."), whole: text.replace(",", "") });
}

// --- Texts -----------------------------------------------------------------------------------------------------------

// Without the signs given at its ends, or at its end alone.
function stripped(text, signs, where = "both") {
  let start = 0;
  let end = text.length;
  while (end > start && signs.includes(text[end - 1])) end -= 1;
  while (where === "both" && start < end && signs.includes(text[start])) start += 1;
  return text.slice(start, end);
}

// At most 40 signs, nothing unseen: `shorten` of attention_core/problems.py.
function shorten(text, length = 40) {
  const signs = [...text];
  const shown = signs.slice(0, length).map((sign) => (/[\p{C}\p{Zl}\p{Zp}\p{Zs}]/u.test(sign) && sign !== " " ? escaped(sign) : sign));
  const all = [...shown.join("")];
  return all.length > length || signs.length > length ? `${all.slice(0, length - 1).join("")}…` : all.join("");
}

function escaped(sign) {
  return `\\u${sign.codePointAt(0).toString(16).padStart(4, "0")}`;
}
