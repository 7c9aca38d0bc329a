// What is pasted into a matrix: read, shown in its place, and put there once that is confirmed.

import { Unreadable, readMatrix, readRows } from "./matrix_text.js";
import { button, say, sayFault, shapeOf } from "./matrix_words.js";

const SEPARATES = /[\s,;[\](){}|&，、；【】（）［］｛｝]/;
const LABELS_SAID = 8;

export function pasted(editor, event) {
  const text = event.clipboardData?.getData("text/plain") ?? "";
  if (!SEPARATES.test(text.trim())) return; // one word goes where the caret is
  event.preventDefault();
  const from = editor.active;
  try {
    offer(editor, readMatrix(text), from);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    if (error.name === "FLAT") flat(editor, error.cells, from);
    else refuse(editor, error);
  }
}

function refuse(editor, error) {
  const message = sayFault(error, true);
  editor.complain(error.name.startsWith("RAGGED") ? say("NOTHING_CHANGED", { message }) : message);
}

// One list can be a row or a column; which, only the person knows, unless one of them alone has the shape asked for.
function flat(editor, cells, from) {
  const shapes = [[cells], cells.map((cell) => [cell])];
  try {
    readRows([cells]);
  } catch (error) {
    refuse(editor, error);
    return;
  }
  const possible = editor.isFixed ? shapes.filter((texts) => shapeOf(texts) === editor.size) : shapes;
  if (editor.isFixed) {
    offer(editor, bare(possible[0] ?? shapes[0]), from);
    return;
  }
  const choices = shapes.filter((texts) => fits(editor, texts)).map((texts) => [shapeOf(texts), () => editor.replace(bare(texts))]);
  if (choices.length) ask(editor, [say("ROW_OR_COLUMN", { count: cells.length })], choices);
  else tooLarge(editor, shapes[0]);
}

function bare(texts) {
  return { texts, rowLabels: [], columnLabels: [] };
}

function offer(editor, read, from) {
  const { texts } = read;
  if (texts.length === 1 && texts[0].length === 1) {
    editor.typeAt(from, texts[0][0]);
    return;
  }
  const filled = fill(editor.state.texts, texts, from);
  const whole = shapeOf(texts);
  const isWhole = JSON.stringify(filled) === JSON.stringify(texts);
  const name = editor.name;
  const place = { row: from.row + 1, column: from.column + 1 };
  const canReplace = editor.isFixed ? whole === editor.size : fits(editor, texts);
  const canFill = !isWhole && (editor.isFixed ? shapeOf(filled) === editor.size : fits(editor, filled));
  const replace = [say("REPLACE", { name }), () => editor.replace(read)];
  const put = [say("FILL", place), () => editor.replace(bare(filled))];
  const labels = [...read.columnLabels, ...read.rowLabels];
  const said = [];
  if (labels.length) {
    const shown = labels.slice(0, LABELS_SAID).join(", ");
    said.push(say("LABELS", { labels: labels.length > LABELS_SAID ? `${shown}, …` : shown }));
  }
  if (canReplace) {
    ask(editor, [say("REPLACE_WHAT", { shape: whole, name }), ...said], canFill ? [replace, put] : [replace], read);
  } else if (canFill) {
    ask(editor, [say("FILL_WHERE", { shape: whole, name, ...place }), ...said], [put], bare(filled));
  } else if (editor.isFixed) {
    const message = say("OTHER_SHAPE", { shape: whole, expected: editor.size });
    editor.complain(say("NOTHING_CHANGED", { message }));
  } else {
    tooLarge(editor, texts);
  }
}

function tooLarge(editor, texts) {
  const most = `${editor.most.rows} × ${editor.most.columns}`;
  editor.complain(say("NOTHING_CHANGED", { message: say("TOO_LARGE", { shape: shapeOf(texts), most }) }));
}

function fits(editor, texts) {
  return texts.length <= editor.most.rows && texts[0].length <= editor.most.columns;
}

// The texts with others laid over them from a place on; they grow as far as these reach, by zeros.
function fill(texts, over, { row, column }) {
  const rows = Math.max(texts.length, row + over.length);
  const columns = Math.max(texts[0].length, column + over[0].length);
  return Array.from({ length: rows }, (_, r) =>
    Array.from({ length: columns }, (_, c) => over[r - row]?.[c - column] ?? texts[r]?.[c] ?? "0"),
  );
}

// Shows the question, and what would stand in the cells; the first choice has the focus.
function ask(editor, sentences, choices, proposal = null) {
  const buttons = [...choices, [say("CANCEL"), () => {}]].map(([text, act]) =>
    button(text, () => {
      editor.closeQuestion();
      act();
      editor.focusAt(editor.active);
    }),
  );
  buttons[0].className = "primary";
  editor.openQuestion(sentences.join(" "), buttons, proposal);
}
