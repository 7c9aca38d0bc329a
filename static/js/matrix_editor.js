// Makes cells of a textarea that holds a matrix. The textarea remains the form's field: it always holds what the cells
// show and sends "input" when that changes; a script that sets its value sends "input" on it or on its form.
//
//   {% include "_matrix_editor_head.html" %}                                once on the page, in its head
//   {% include "_matrix_editor.html" with name="query" letter="Q" text=… %}  <textarea data-matrix-editor …>
//
// The template names the options. Matrices beyond 16 × 16, and texts that are no matrix yet, stay as text.

import { groupOf } from "./matrix_group.js";
import { pasted } from "./matrix_paste.js";
import { Unreadable, isUnfinished, placed, ragged, readTyped, splitCells, writeCells, writeNumber } from "./matrix_text.js";
import { fault, piece, say, sayFault, shapeOf } from "./matrix_words.js";

const TABLE_MOST = 16;
const TEXT_MOST = 2 ** 14; // signs beyond which a text is not even looked at
const FAULTS_SAID = 3;
const editors = new Map();

class MatrixEditor {
  constructor(field) {
    const { letter = "", title, maxRows, maxColumns, shape = "1x1", rowLabels } = field.dataset;
    this.field = field;
    this.form = field.form;
    this.letter = letter;
    this.name = letter || title || say("THIS_MATRIX");
    this.most = { rows: Number(maxRows ?? TABLE_MOST), columns: Number(maxColumns ?? TABLE_MOST) };
    this.isFixed = "fixedShape" in field.dataset;
    this.isReadOnly = field.readOnly || field.disabled;
    this.shape = shape.split("x").map(Number);
    this.givenLabels = rowLabels ? rowLabels.split("|") : [];
    this.active = { row: 0, column: 0 };
    this.touched = new Set();
    this.serverErrors = document.querySelector(`[data-error-for="${CSS.escape(field.id)}"]`);
    this.build();
    this.state = this.stateOf(field.value);
    this.written = field.value;
    this.draw();
    this.listen();
    this.group = groupOf(this);
    this.group.add(this);
  }

  build() {
    this.root = piece(".matrix-editor");
    for (const [name, selector] of Object.entries({
      sheet: ".matrix-sheet", head: "thead", body: "tbody", sizeShown: ".matrix-size", why: ".matrix-as-text", faultsShown: ".matrix-faults",
      question: ".matrix-question", switchButton: ".matrix-switch",
    })) {
      this[name] = this.root.querySelector(selector);
    }
    this.root.id = `${this.field.id}-cells`;
    if (this.letter) this.root.classList.add(`of-${this.letter.toLowerCase()}`);
    this.labels = [...this.field.labels];
    for (const label of this.labels) label.id ||= `${this.field.id}-label`;
    if (this.labels.length) this.root.setAttribute("aria-labelledby", this.labels[0].id);
    else this.root.setAttribute("aria-label", this.name);
    const described = this.field.getAttribute("aria-describedby");
    if (described) this.root.setAttribute("aria-describedby", described);
    for (const [act, words] of Object.entries({
      "more-rows": "MORE_ROWS", "fewer-rows": "FEWER_ROWS", "more-columns": "MORE_COLUMNS", "fewer-columns": "FEWER_COLUMNS",
    })) {
      const edge = this.act(act);
      edge.title = say(words, { name: this.name });
      edge.setAttribute("aria-label", edge.title);
    }
    this.field.after(this.root);
  }

  act(name) {
    return this.root.querySelector(`[data-act="${name}"]`);
  }

  listen() {
    const { root } = this;
    root.addEventListener("focusin", (event) => this.entered(event));
    root.addEventListener("focusout", (event) => this.left(event));
    root.addEventListener("keydown", (event) => this.keyed(event));
    root.addEventListener("paste", (event) => isCell(event.target) && pasted(this, event));
    root.addEventListener("click", (event) => this.clicked(event));
    // What the form hears of is the field's own event, and only when the text changed.
    for (const name of ["input", "change"]) {
      root.addEventListener(name, (event) => {
        event.stopPropagation();
        if (name === "input" && isCell(event.target) && !event.isComposing) this.typed(event.target);
      });
    }
    root.addEventListener("compositionend", (event) => isCell(event.target) && this.typed(event.target));
    this.field.addEventListener("input", () => this.fieldChanged());
    this.field.addEventListener("change", () => this.group.record());
    this.form?.addEventListener("input", () => this.fieldChanged());
    this.form?.addEventListener("reset", () => setTimeout(() => this.fieldChanged()));
    this.form?.addEventListener("submit", () => this.commit(), { capture: true });
    if (this.serverErrors) {
      new MutationObserver(() => this.showServerErrors()).observe(this.serverErrors, { childList: true, subtree: true });
    }
  }

  // --- What stands in it

  get isTable() {
    return this.state.isTable;
  }

  get size() {
    return shapeOf(this.state.texts);
  }

  count(axis) {
    return axis === "rows" ? this.state.texts.length : this.state.texts[0].length;
  }

  stateOf(text) {
    const asText = { isTable: false, text, texts: [[""]], rowLabels: [], columnLabels: [], isLarge: false };
    const asTable = { ...asText, isTable: true, text: "", rowLabels: this.givenLabels };
    const [rows, columns] = this.shape;
    if (!text.trim()) return { ...asTable, texts: Array.from({ length: rows }, () => Array(columns).fill("")) };
    if (text.length > TEXT_MOST) return { ...asText, isLarge: true };
    try {
      const read = this.readText(text);
      return { ...asTable, texts: read.texts, ...labelsOf(read, { ...asTable, texts: read.texts }) };
    } catch (error) {
      if (error instanceof TooLarge) return { ...asText, isLarge: true };
      if (!(error instanceof Unreadable)) throw error;
      return asText;
    }
  }

  // The cells of a text. Throws Unreadable; TooLarge beyond what is edited as a table.
  readText(text) {
    const cells = splitCells(text);
    const { texts } = cells;
    const uneven = texts.findIndex((row) => row.length !== texts[0].length);
    if (uneven >= 0) throw ragged(texts, uneven);
    if (Math.max(texts.length, texts[0].length) > TABLE_MOST) throw new TooLarge();
    const [rows, columns] = this.shape;
    if (this.isFixed && (texts.length !== rows || texts[0].length !== columns)) {
      throw new Unreadable("OTHER_SHAPE", { shape: shapeOf(texts), expected: `${rows}\u00a0×\u00a0${columns}` });
    }
    return cells;
  }

  // The field was given another text by a script, a reset or the person, where it is shown as text.
  fieldChanged() {
    const text = this.field.value;
    if (text === this.written) return;
    this.written = text;
    const isTyped = !this.isTable && document.activeElement === this.field;
    this.state = isTyped ? { ...this.state, text } : this.stateOf(text);
    this.clearServerErrors();
    this.complaint = null;
    if (isTyped) {
      this.showFaults([]);
      return;
    }
    this.touched.clear();
    this.closeQuestion();
    this.draw();
    this.group.restart();
    this.group.check();
  }

  write() {
    const { isTable, text, texts } = this.state;
    const isBlank = texts.every((row) => row.every((cell) => !cell.trim()));
    const written = !isTable ? text : isBlank ? "" : writeCells(texts.map((row) => row.map(kept)));
    if (written === this.field.value) return;
    this.written = written;
    this.field.value = written;
    this.clearServerErrors();
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // --- Drawing

  draw(proposal = null) {
    const { isTable } = this.state;
    const hadFocus = this.body.contains(document.activeElement);
    const { texts, rowLabels, columnLabels } = proposal ?? this.state;
    this.isDrawing = true;
    this.field.hidden = isTable;
    this.sheet.hidden = !isTable;
    this.sizeShown.hidden = !isTable || this.isFixed; // a shape that is given stands in the label
    this.root.classList.toggle("proposed", Boolean(proposal));
    if (isTable) {
      this.isWide = texts[0].length > 8;
      this.sheet.classList.toggle("wide", this.isWide);
      this.head.replaceChildren(headOf(columnLabels, texts[0].length));
      this.body.replaceChildren(...texts.map((row, index) => this.rowOf(row, index, rowLabels[index] ?? "", proposal)));
      this.sizeShown.textContent = shapeOf(texts);
    } else {
      this.body.replaceChildren();
    }
    this.isDrawing = false;
    this.showEdges();
    this.showSwitch();
    for (const label of this.labels) label.htmlFor = isTable ? `${this.field.id}-1-1` : this.field.id;
    if (!proposal) this.check();
    if (hadFocus && !proposal) this.focusAt(this.active);
  }

  rowOf(texts, row, label, proposal) {
    const line = document.createElement("tr");
    const head = document.createElement("th");
    head.scope = "row";
    head.append(`${this.letter.toLowerCase()}${row + 1}`);
    if (label) {
      const word = document.createElement("small");
      word.textContent = shortened(label);
      head.append(" ", word);
      head.title = label;
    }
    line.append(head);
    texts.forEach((text, column) => {
      const cell = document.createElement("input");
      const isNew = proposal && text !== this.state.texts[row]?.[column];
      Object.assign(cell, {
        type: "text", inputMode: "text", autocomplete: "off", spellcheck: false, enterKeyHint: "next",
        id: `${this.field.id}-${row + 1}-${column + 1}`, readOnly: this.isReadOnly || Boolean(proposal),
        className: isNew ? "new" : "",
      });
      cell.autocapitalize = "off";
      cell.setAttribute("aria-label", this.nameAt({ row, column }) + (label ? `, ${label}` : ""));
      this.show(cell, text);
      const box = document.createElement("td");
      box.append(cell);
      line.append(box);
    });
    return line;
  }

  // What a cell shows while nobody types in it: a number as short as it fits, else what was written.
  show(cell, text) {
    cell.value = short(text, this.isWide ? 5 : 6);
    cell.title = cell.value === text ? "" : text;
  }

  nameAt({ row, column }) {
    return say("CELL", { name: this.name, row: row + 1, column: column + 1 });
  }

  showEdges() {
    const are = { "more-rows": 1, "fewer-rows": -1, "more-columns": 1, "fewer-columns": -1 };
    for (const [act, by] of Object.entries(are)) {
      const axis = act.split("-")[1];
      const count = this.count(axis) + by;
      const edge = this.act(act);
      edge.parentElement.hidden = this.isFixed || this.isReadOnly || !this.isTable;
      edge.setAttribute("aria-disabled", String(count < 1 || count > Math.min(this.most[axis], TABLE_MOST)));
    }
  }

  showSwitch() {
    const { isTable, isLarge } = this.state;
    const words = say(isTable ? "AS_TEXT" : "AS_TABLE");
    this.switchButton.hidden = this.isReadOnly || (isTable && this.isFixed);
    this.switchButton.textContent = words;
    this.switchButton.setAttribute("aria-label", `${words}: ${this.name}`);
    this.why.textContent = isLarge ? say("WHY_TEXT", { most: `${TABLE_MOST} × ${TABLE_MOST}` }) : "";
  }

  cellAt({ row, column }) {
    return this.body.rows[row]?.cells[column + 1]?.firstElementChild;
  }

  focusAt(place) {
    if (!this.isTable) {
      this.field.focus();
      return;
    }
    const row = Math.min(place.row, this.count("rows") - 1);
    const column = Math.min(place.column, this.count("columns") - 1);
    this.cellAt({ row, column }).focus();
  }

  // --- Typing

  entered({ target }) {
    if (!isCell(target)) return;
    this.active = placeOf(target);
    this.before = this.textAt(this.active);
    if (!target.readOnly) target.value = this.before;
    target.select();
    this.check();
  }

  left({ target }) {
    if (isCell(target) && !this.isDrawing) this.commit(target);
  }

  textAt({ row, column }) {
    return this.state.texts[row]?.[column] ?? "";
  }

  typed(cell) {
    const place = placeOf(cell);
    this.put(place, cell.value);
    this.touched.add(key(place));
    if (isUnfinished(cell.value) && !isReadable(cell.value)) this.check();
    else this.settle();
  }

  put({ row, column }, text) {
    this.complaint = null;
    const texts = this.state.texts.map((cells, index) => (index === row ? cells.with(column, text) : cells));
    this.state = { ...this.state, texts };
  }

  settle() {
    this.check();
    this.write();
    this.group.check();
  }

  // What was typed counts as one step from here on.
  commit(cell = document.activeElement) {
    if (!this.body.contains(cell) || cell.readOnly) {
      if (!this.isTable) this.group.record();
      return;
    }
    const place = placeOf(cell);
    const text = kept(this.textAt(place));
    if (text !== this.textAt(place)) this.put(place, text);
    if (cell !== document.activeElement) this.show(cell, text);
    this.settle();
    this.group.record();
  }

  typeAt(place, text) {
    const cell = this.cellAt(place);
    cell.value = text;
    this.typed(cell);
    cell.select();
  }

  keyed(event) {
    if (event.key === "Escape" && !this.question.hidden) {
      event.preventDefault();
      this.closeQuestion();
      this.focusAt(this.active);
      return;
    }
    const cell = event.target;
    if (!isCell(cell) || event.isComposing || event.altKey) return;
    const to = this.target(cell, event);
    if (to === undefined) return;
    event.preventDefault();
    if (to) this.go(to);
    else this.takeBack(cell);
  }

  // Where a key leads from a cell: a place, null for back to what stood there, undefined for nowhere.
  target(cell, { key: pressed, shiftKey, ctrlKey, metaKey }) {
    const { row, column } = placeOf(cell);
    const [rows, columns] = [this.count("rows"), this.count("columns")];
    const isAll = cell.selectionStart === 0 && cell.selectionEnd === cell.value.length;
    const isAtStart = isAll || cell.selectionEnd === 0;
    const isAtEnd = isAll || cell.selectionStart === cell.value.length;
    const command = ctrlKey || metaKey;
    if (pressed === "Enter" && !command) return { row: row + (shiftKey ? -1 : 1), column };
    if (pressed === "Escape") return null;
    if (command && pressed === "Home") return { row: 0, column: 0 };
    if (command && pressed === "End") return { row: rows - 1, column: columns - 1 };
    if (shiftKey || command) return undefined;
    const moves = {
      ArrowUp: (isAtStart || isAtEnd) && { row: row - 1, column },
      ArrowDown: (isAtStart || isAtEnd) && { row: row + 1, column },
      ArrowLeft: isAtStart && { row, column: column - 1 },
      ArrowRight: isAtEnd && { row, column: column + 1 },
      Home: isAtStart && { row, column: 0 },
      End: isAtEnd && { row, column: columns - 1 },
      PageUp: { row: row - 5, column },
      PageDown: { row: row + 5, column },
    };
    return moves[pressed] || undefined;
  }

  go({ row, column }) {
    const within = (value, count) => Math.max(0, Math.min(value, count - 1));
    const cell = this.cellAt({ row: within(row, this.count("rows")), column: within(column, this.count("columns")) });
    if (cell === document.activeElement) {
      this.commit(cell);
      cell.select();
    } else {
      cell.focus();
    }
  }

  takeBack(cell) {
    cell.value = this.before;
    this.put(placeOf(cell), this.before);
    cell.select();
    this.settle();
  }

  clicked(event) {
    const { act } = event.target.closest("button")?.dataset ?? {};
    if (isCell(event.target)) {
      // A click sets the caret after the focus has selected all; the next click in the same cell may.
      if (this.clickedIn !== event.target && event.target.selectionStart === event.target.selectionEnd) event.target.select();
      this.clickedIn = event.target;
    } else if (act === "switch") {
      this.switch();
    } else if (act && act !== "undo" && act !== "redo" && event.target.closest("button").getAttribute("aria-disabled") !== "true") {
      const [by, axis] = act.split("-");
      this.closeQuestion();
      this.group.resize(this, axis, this.count(axis) + (by === "more" ? 1 : -1));
    }
  }

  // --- Other ways to change it

  // So many rows or columns; new cells are 0.
  resize(axis, count) {
    if (!this.isTable || this.isFixed || count < 1 || count > Math.min(this.most[axis], TABLE_MOST)) return;
    const { texts } = this.state;
    const zeros = (length) => Array(Math.max(0, length)).fill("0");
    const resized =
      axis === "rows"
        ? [...texts.slice(0, count), ...Array.from({ length: Math.max(0, count - texts.length) }, () => zeros(texts[0].length))]
        : texts.map((row) => [...row.slice(0, count), ...zeros(count - row.length)]);
    this.state = { ...this.state, texts: resized };
    this.complaint = null;
    this.draw();
    this.write();
  }

  // What was pasted; without labels of its own it has those that were there.
  replace({ texts, rowLabels = [], columnLabels = [] }) {
    const isLarge = Math.max(texts.length, texts[0].length) > TABLE_MOST;
    const labels = labelsOf({ texts, rowLabels, columnLabels }, this.state);
    this.state = isLarge
      ? { ...this.state, isTable: false, isLarge: true, text: writeCells(texts) }
      : { ...this.state, texts: texts.map((row) => row.map(kept)), ...labels };
    this.changed();
  }

  switch() {
    this.closeQuestion();
    if (this.isTable) {
      this.state = { ...this.state, isTable: false, text: this.field.value };
    } else {
      try {
        this.readText(this.field.value);
      } catch (error) {
        if (error instanceof TooLarge) this.state = { ...this.state, isLarge: true };
        else if (!(error instanceof Unreadable)) throw error;
        this.showSwitch();
        if (error instanceof Unreadable) this.complain(sayFault(error, true));
        this.field.focus();
        return;
      }
      this.state = this.stateOf(this.field.value);
    }
    this.changed();
    this.focusAt({ row: 0, column: 0 });
  }

  bringBack(state) {
    this.closeQuestion();
    const place = firstDifference(this.state.texts, state.texts);
    this.state = state;
    this.draw();
    this.write();
    return place;
  }

  changed() {
    this.complaint = null;
    this.draw();
    this.write();
    this.group.record();
    this.group.check();
  }

  described(place) {
    if (!this.isTable) return this.name;
    return place && this.cellAt(place) ? `${this.nameAt(place)}: ${this.textAt(place)}` : `${this.name}: ${this.size}`;
  }

  // --- Questions

  openQuestion(sentence, buttons, proposal) {
    this.closeQuestion();
    const [asked, answers] = this.question.children;
    asked.id = `${this.field.id}-asked`;
    asked.textContent = sentence;
    answers.replaceChildren(...buttons);
    this.question.setAttribute("aria-labelledby", asked.id);
    this.question.hidden = false;
    this.complaint = null;
    this.showFaults([]);
    const isDrawn = proposal && Math.max(proposal.texts.length, proposal.texts[0].length) <= TABLE_MOST;
    if (isDrawn) this.draw({ ...proposal, ...labelsOf(proposal, this.state) });
    buttons[0].focus();
  }

  closeQuestion() {
    if (this.question.hidden) return;
    this.question.hidden = true;
    this.question.lastElementChild.replaceChildren();
    this.draw();
  }

  // --- What is wrong

  check() {
    if (!this.isTable || !this.question.hidden) return;
    const faults = [];
    this.state.texts.forEach((texts, row) =>
      texts.forEach((text, column) => {
        const cell = this.cellAt({ row, column });
        const isBeingTyped = cell === document.activeElement && isUnfinished(text);
        const error = isBeingTyped || (!text.trim() && !this.touched.has(key({ row, column }))) ? null : faultIn(text);
        if (error) faults.push({ cell, error: placed(error, row + 1, column + 1) });
      }),
    );
    this.showFaults(faults);
  }

  showFaults(faults) {
    for (const cell of this.body.querySelectorAll("[aria-invalid]")) {
      cell.removeAttribute("aria-invalid");
      cell.removeAttribute("aria-describedby");
    }
    const shown = faults.map(({ cell, error }, index) => {
      const line = fault(sayFault(error, faults.length > 1));
      line.id = `${cell.id}-fault`;
      line.hidden = index >= FAULTS_SAID;
      cell.setAttribute("aria-invalid", "true");
      cell.setAttribute("aria-describedby", line.id);
      return line;
    });
    if (faults.length > FAULTS_SAID) {
      const more = document.createElement("p");
      more.textContent = say("AND_MORE", { count: faults.length - FAULTS_SAID });
      shown.push(more);
    }
    if (this.complaint) shown.push(fault(this.complaint));
    // What is said already is not said again to those who listen.
    const said = [...this.faultsShown.children];
    const texts = (lines) => lines.map((line) => line.textContent).join("\n");
    if (texts(said) === texts(shown)) said.forEach((line, index) => Object.assign(line, { id: shown[index].id }));
    else this.faultsShown.replaceChildren(...shown);
    this.hasFaults = faults.length > 0;
    this.showServerErrors();
  }

  // Something that holds until the next change.
  complain(message) {
    this.complaint = message;
    if (this.isTable) this.check();
    else this.showFaults([]);
  }

  clearServerErrors() {
    if (this.serverErrors?.childElementCount) this.serverErrors.replaceChildren();
    this.field.removeAttribute("aria-invalid");
  }

  // The server's errors mark their cells. What the editor says itself need not be said twice.
  showServerErrors() {
    if (!this.serverErrors) return;
    this.serverErrors.hidden = this.isTable && (this.hasFaults || this.isMismatched);
    if (!this.isTable || this.hasFaults) return;
    for (const cell of this.body.querySelectorAll("[aria-invalid]")) cell.removeAttribute("aria-invalid");
    for (const { dataset } of this.serverErrors.querySelectorAll("[data-row][data-column]")) {
      const cell = this.cellAt({ row: dataset.row - 1, column: dataset.column - 1 });
      cell?.setAttribute("aria-invalid", "true");
      cell?.setAttribute("aria-describedby", this.serverErrors.id);
    }
  }
}

class TooLarge extends Error {}

// --- Cells -----------------------------------------------------------------------------------------------------------

function isCell(element) {
  return element.matches(".matrix-sheet td > input");
}

function placeOf(cell) {
  const box = cell.parentElement;
  return { row: box.parentElement.sectionRowIndex, column: box.cellIndex - 1 };
}

function key({ row, column }) {
  return `${row} ${column}`;
}

function headOf(labels, columns) {
  const line = document.createElement("tr");
  line.append(document.createElement("td"));
  for (let column = 0; column < columns; column += 1) {
    const head = document.createElement("th");
    head.scope = "col";
    head.textContent = labels[column] ? shortened(labels[column]) : String(column + 1);
    if (labels[column]) head.title = labels[column];
    line.append(head);
  }
  return line;
}

// Eight Latin signs or four Chinese ones.
function shortened(label) {
  let room = 8;
  let shown = "";
  for (const sign of label) {
    room -= /[\u2e80-\uffef]/.test(sign) ? 2 : 1;
    if (room < 0) return `${shown}…`;
    shown += sign;
  }
  return shown;
}

function faultIn(text) {
  try {
    readTyped(text);
    return null;
  } catch (error) {
    if (error instanceof Unreadable) return error;
    throw error;
  }
}

function isReadable(text) {
  return faultIn(text) === null;
}

function kept(text) {
  return isReadable(text) ? readTyped(text).text : text.trim();
}

// A number in so many signs, as exactly as that goes; any other text as it is.
function short(text, room) {
  if (!isReadable(text) || (text.length <= room && /^[-+.\d]*$/.test(text))) return text;
  const { number } = readTyped(text);
  const size = Math.abs(number);
  const tries = [writeNumber(number)];
  if (size >= 0.001) tries.push(...[4, 3, 2, 1, 0].map((decimals) => String(Number(number.toFixed(decimals)))));
  tries.push(number.toExponential(1).replace("e+", "e"), number.toExponential(0).replace("e+", "e"));
  return tries.find((shown) => shown.length <= room && Math.abs(Number(shown) - number) <= size / 20) ?? tries.at(-1);
}

// Labels that were read, or those there are where there still are as many; pandas' running numbers say nothing.
function labelsOf({ texts, rowLabels, columnLabels }, present) {
  const isSaying = (labels) => labels.some((label, index) => label !== String(index));
  const keepsRows = texts.length === present.texts.length;
  const keepsColumns = texts[0].length === present.texts[0].length;
  return {
    rowLabels: isSaying(rowLabels) ? rowLabels : keepsRows ? present.rowLabels : [],
    columnLabels: isSaying(columnLabels) ? columnLabels : keepsColumns ? present.columnLabels : [],
  };
}

function firstDifference(before, after) {
  if (before.length !== after.length || before[0].length !== after[0].length) return null;
  for (const [row, texts] of after.entries()) {
    const column = texts.findIndex((text, index) => text !== before[row][index]);
    if (column >= 0) return { row, column };
  }
  return null;
}

// --- Binding ---------------------------------------------------------------------------------------------------------

function enhance(within) {
  const found = [...within.querySelectorAll("textarea[data-matrix-editor]")];
  if (within.matches?.("textarea[data-matrix-editor]")) found.push(within);
  for (const field of found) if (!editors.has(field)) editors.set(field, new MatrixEditor(field));
  for (const field of editors.keys()) if (!field.isConnected) editors.delete(field);
}

enhance(document);
document.addEventListener("htmx:load", (event) => enhance(event.detail.elt));
// The browser may put back what stood in the fields when the page was left.
addEventListener("pageshow", () => {
  for (const editor of editors.values()) editor.fieldChanged();
});
// A link to the field leads to its cells, the first that is wrong before all others.
document.addEventListener("click", (event) => {
  const address = event.target.closest?.("a[href^='#']")?.getAttribute("href");
  const editor = address && editors.get(document.getElementById(address.slice(1)));
  if (!editor?.isTable) return;
  event.preventDefault();
  (editor.body.querySelector("[aria-invalid]") ?? editor.cellAt({ row: 0, column: 0 })).focus();
});
