// The texts and the pieces of HTML of the matrix editor, which templates/_matrix_editor_head.html puts on the page.
//
//   say("REPLACE_WHAT", { shape: "5 × 2", name: "Q" })      piece(".matrix-tools")

const template = document.querySelector("template[data-matrix-editor-parts]");
const words = template ? JSON.parse(template.dataset.words) : {};

export function say(name, values = {}) {
  return words[name].replace(/%\((\w+)\)s/g, (_, value) => values[value]);
}

// What an Unreadable says; with its place, where that is not plain to see.
export function sayFault({ name, values, row, column }, withPlace) {
  const message = say(name, values);
  if (!withPlace || row === null || "row" in values) return message;
  return say(column === null ? "AT_ROW" : "AT_CELL", { row, column, message });
}

export function shapeOf(texts) {
  return `${texts.length}\u00a0×\u00a0${texts[0].length}`;
}

export function piece(selector) {
  return document.importNode(template.content.querySelector(selector), true);
}

// A message with its icon.
export function fault(text) {
  const shown = piece(".matrix-fault");
  shown.querySelector("span").textContent = text;
  return shown;
}

export function button(text, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}
