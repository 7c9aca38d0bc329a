// How numbers are written: camp/figures.py in the browser, rule by rule; tests/browser/test_figures_here.py holds both to
// the same texts. Pure functions.
//
//   figure(-0.5, 2)  "−0.50"      weightFigure(1e-9, 4)  "≈0"      allDigits(0.1)  "0.1"

export const MINUS_INFINITY = "−∞";
const NEARLY_ZERO = "≈0";
const SIGNIFICANT = 4;
const EXACT_ENOUGH = 40; // digits that show whether a number lies just between two roundings

// Rounded to even where it lies between two, as Python does; toFixed takes the larger.
function fixed(value, decimals) {
  // Only what lies near the middle can lie in the middle; the other numbers are many.
  const scaled = Math.abs(value) * 10 ** decimals;
  if (scaled < 2 ** 30 && Math.abs(scaled - Math.floor(scaled) - 0.5) > 1e-5) return value.toFixed(decimals);
  return evenly(value, decimals, (digits) => value.toFixed(digits));
}

function exponential(value, decimals) {
  return evenly(value, decimals, (digits) => value.toExponential(digits));
}

function evenly(value, decimals, write) {
  const [mantissa, power] = write(EXACT_ENOUGH).split("e");
  const point = mantissa.indexOf(".");
  if (!/^50*$/.test(mantissa.slice(point + 1 + decimals))) return write(decimals);
  const cut = mantissa.slice(0, decimals ? point + 1 + decimals : point);
  if (Number(cut.at(-1)) % 2) return write(decimals);
  return power === undefined ? cut : `${cut}e${power}`;
}

function rounded(value, decimals) {
  return Number(fixed(value, decimals));
}

// The fewest decimals, from 2 to `most`, at which values that differ still look different; with `exactly`, also at which
// no value is rounded, if there are so few.
export function decimalsFor(values, most = 4, exactly = false) {
  const distinct = new Set(values.filter(Number.isFinite).map((value) => Number(value.toPrecision(12))));
  for (let decimals = Math.min(2, most); decimals < most; decimals += 1) {
    const shown = [...distinct].map((value) => rounded(value, decimals));
    const isExact = !exactly || [...distinct].every((value) => Math.abs(value - rounded(value, decimals)) < 1e-12);
    if (isExact && new Set(shown).size === distinct.size) return decimals;
  }
  return most;
}

// A score, input or output: at most 4 significant digits, ×10ⁿ outside 10⁻³ … 10⁴.
export function figure(value, decimals) {
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return value < 0 ? MINUS_INFINITY : "∞";
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e4) return powerOfTen(value);
  const text = fixed(value, Math.max(0, Math.min(decimals, SIGNIFICANT - 1 - Math.floor(Math.log10(size)))));
  if (Number(text) === 0) return NEARLY_ZERO;
  return signed(Number.isInteger(value) ? String(value) : text);
}

// Exactly 0 only where it is hidden or 0; "≈0" where it is too small to show.
export function weightFigure(value, decimals, hidden = false) {
  if (hidden || value === 0) return "0";
  const text = fixed(value, decimals);
  return Number(text) === 0 ? NEARLY_ZERO : text;
}

// Without the zero before the point, for narrow cells.
export function short(text) {
  return text.replace(/^(−?)0\./, "$1.");
}

// The shortest text that names this very number.
export function allDigits(value) {
  if (!Number.isFinite(value)) return MINUS_INFINITY;
  if (value === 0) return "0";
  const [digits, power] = value.toExponential().split("e").map(String);
  // Python writes a power of ten below 10⁻⁴ and from 10¹⁶ on, JavaScript later.
  if (Number(power) >= -4 && Number(power) < 16) return signed(String(value));
  return signed(`${digits}e${power.replace(/^([+-])(\d)$/, "$10$2")}`);
}

// A number in a sum: all its digits where four decimals are enough, else four, and whether they are all.
//
//   written(0.05)  { text: "0.05", isExact: true }      written(1 / 3)  { text: "0.3333", isExact: false }
export function written(value) {
  if (!Number.isFinite(value)) return { text: value < 0 ? MINUS_INFINITY : "∞", isExact: true };
  const near = Number(value.toPrecision(12));
  const exact = allDigits(near);
  const places = exact.includes("e") ? Infinity : (exact.split(".")[1] ?? "").length;
  if (places <= 4 && Math.abs(value) < 1e6) return { text: exact, isExact: Math.abs(near - value) <= 1e-12 * Math.max(1, Math.abs(value)) };
  const isOrdinary = Math.abs(value) >= 1e-3 && Math.abs(value) < 1e4;
  return { text: isOrdinary ? signed(fixed(value, 4)) : powerOfTen(value), isExact: false };
}

// The step 0 … 32 of the weight map, absolute everywhere: 32·√w.
export function weightStep(weight) {
  return Math.floor(32 * Math.sqrt(Math.min(Math.max(weight, 0), 1)) + 0.5);
}

// The step 0 … 16 of the grey map between this matrix's extremes; the middle where it is constant.
export function scoreStep(score, smallest, largest) {
  return largest <= smallest ? 8 : Math.floor((16 * (score - smallest)) / (largest - smallest) + 0.5);
}

function powerOfTen(value) {
  const [mantissa, exponent] = exponential(value, SIGNIFICANT - 1).split("e");
  const raised = [...String(Number(exponent))].map((sign) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(sign)]).join("");
  return signed(`${mantissa.replace(/0+$/, "").replace(/\.$/, "")}×10${raised}`);
}

function signed(text) {
  return text.replaceAll("-", "−");
}
