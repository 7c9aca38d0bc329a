// What the matrices of one form share: a history of 100 steps, and shapes that must match.
//
//   <div data-matrix-group="attention" data-free-widths="additive general" data-free-by="function"> three editors </div>
//
// In a group "attention" K and V have as many rows, and Q and K as many columns, unless the form's field `data-free-by`
// has one of the values `data-free-widths`. They are resized together; what does not match is told, with two buttons
// that repair it. An editor outside such an element is a group of its own.

import { button, fault, piece, say } from "./matrix_words.js";

const STEPS = 100;
const groups = new WeakMap();
const SHARED = [
  { letters: ["Q", "K"], axis: "columns", hasFree: true },
  { letters: ["K", "V"], axis: "rows", hasFree: false },
];

export function groupOf(editor) {
  const host = editor.field.closest("[data-matrix-group]") ?? editor.root;
  if (!groups.has(host)) groups.set(host, new MatrixGroup(host, editor.form));
  return groups.get(host);
}

class MatrixGroup {
  constructor(host, form) {
    this.host = host;
    this.form = form;
    this.all = new Set();
    this.links = host.dataset.matrixGroup === "attention" ? SHARED : [];
    this.tools = piece(".matrix-tools");
    this.mismatch = piece(".matrix-mismatch");
    host.prepend(this.tools);
    host.append(this.mismatch);
    this.tools.addEventListener("click", (event) => {
      const { act } = event.target.closest("button")?.dataset ?? {};
      if (act) this.step(act === "undo" ? -1 : 1, false);
    });
    host.addEventListener("keydown", (event) => this.keyed(event));
    form?.addEventListener("change", (event) => {
      if (event.target.name === host.dataset.freeBy) this.check();
    });
    this.restart();
  }

  get editors() {
    return [...this.all].filter((editor) => editor.root.isConnected);
  }

  add(editor) {
    this.all.add(editor);
    this.restart();
    this.check();
  }

  // --- History

  // Forgets what was: a text that a script has put in is where the history starts.
  restart() {
    this.steps = [this.states()];
    this.at = 0;
    this.showHistory();
  }

  states() {
    return new Map(this.editors.map((editor) => [editor, editor.state]));
  }

  record() {
    const now = this.states();
    const last = this.steps[this.at];
    if ([...now].every(([editor, state]) => isSame(state, last.get(editor)))) return;
    this.steps = [...this.steps.slice(0, this.at + 1), now].slice(-STEPS - 1);
    this.at = this.steps.length - 1;
    this.showHistory();
  }

  step(by, withFocus) {
    for (const editor of this.editors) editor.commit();
    const to = this.steps[this.at + by];
    if (!to) return;
    this.at += by;
    const changed = this.editors.filter((editor) => to.has(editor) && !isSame(editor.state, to.get(editor)));
    const places = changed.map((editor) => editor.bringBack(to.get(editor)));
    this.showHistory();
    this.check();
    if (!changed.length) return;
    this.tools.querySelector("[role=status]").textContent = changed[0].described(places[0]);
    if (withFocus) changed[0].focusAt(places[0] ?? changed[0].active);
  }

  showHistory() {
    const possible = { undo: this.at > 0, redo: this.at < this.steps.length - 1 };
    for (const [act, is] of Object.entries(possible)) {
      this.tools.querySelector(`[data-act=${act}]`).setAttribute("aria-disabled", String(!is));
    }
  }

  keyed(event) {
    const isOurs = (event.ctrlKey || event.metaKey) && !event.altKey && !event.isComposing;
    const key = event.key.toLowerCase();
    if (!isOurs || !["z", "y"].includes(key) || event.target.matches("textarea")) return;
    event.preventDefault();
    this.step(key === "y" || event.shiftKey ? 1 : -1, true);
  }

  // --- Shapes

  get areWidthsFree() {
    const { freeBy, freeWidths = "" } = this.host.dataset;
    return freeWidths.split(" ").includes(this.form?.elements[freeBy]?.value);
  }

  linked() {
    const links = this.links.filter((link) => !link.hasFree || !this.areWidthsFree);
    return links.map((link) => ({ ...link, pair: link.letters.map((letter) => this.lettered(letter)) }));
  }

  lettered(letter) {
    return this.editors.find((editor) => editor.letter === letter && editor.isTable);
  }

  // Gives the editor so many rows or columns, and whichever must have as many.
  resize(editor, axis, count) {
    const together = this.linked().filter((link) => link.axis === axis && link.pair.includes(editor));
    const all = new Set([editor, ...together.flatMap((link) => link.pair)]);
    for (const one of all) one?.resize(axis, count);
    this.record();
    this.check();
  }

  check() {
    const wrong = this.linked().find(({ pair: [one, other], axis }) => one && other && one.count(axis) !== other.count(axis));
    for (const editor of this.editors) editor.isMismatched = Boolean(wrong?.pair.includes(editor));
    // What is said already stays: leaving a cell for a button of it must not take that button away.
    const counts = wrong?.pair.map((editor) => editor.count(wrong.axis)).join();
    const said = wrong ? `${wrong.letters.join()} ${counts}` : "";
    if (said !== this.mismatch.dataset.said) {
      this.mismatch.dataset.said = said;
      this.mismatch.replaceChildren();
      if (wrong) this.sayMismatch(wrong);
    }
    for (const editor of this.editors) editor.showServerErrors();
  }

  sayMismatch({ pair: [one, other], axis }) {
    const counts = { ones: one.count(axis), others: other.count(axis) };
    const name = `${axis.toUpperCase()}_DIFFER${counts.ones === 1 ? "_FROM_ONE" : ""}`;
    const repair = (editor, count) => {
      const words = count === 1 ? `TO_ONE_${axis === "rows" ? "ROW" : "COLUMN"}` : `TO_${axis.toUpperCase()}`;
      return button(say(words, { name: editor.name, count }), () => {
        editor.resize(axis, count);
        this.record();
        this.check();
        editor.focusAt({ row: editor.count("rows") - 1, column: editor.count("columns") - 1 });
      });
    };
    const buttons = document.createElement("p");
    buttons.className = "actions";
    buttons.append(repair(one, counts.others), repair(other, counts.ones));
    this.mismatch.append(fault(say(name, { one: one.name, other: other.name, ...counts })), buttons);
  }
}

function isSame(one, other) {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

