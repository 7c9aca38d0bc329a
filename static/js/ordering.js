// Lets items be moved where without the script each is given a place by number.
//
//   <fieldset data-ordering data-says="{item}: now {place} of {count}">
//     <p class="help" data-with-script="…">
//     <ol> <li data-item><label>…</label><select name="response"><option value="key=1">1 … </select></li> … </ol>
//     <template data-ordering-parts> buttons with data-move="-1" and "1", data-says="Up: {item}" </template>
//     <p role="status" data-ordering-said></p>
//
// The selects remain the form's fields. Until something is moved nothing is answered, and they stay empty.

const STEPS = { ArrowUp: -1, ArrowDown: 1 };

class Ordering {
  constructor(field) {
    this.field = field;
    this.list = field.querySelector("ol");
    const help = field.querySelector("[data-with-script]");
    help.textContent = help.dataset.withScript;
    for (const item of this.items) this.enhance(item);
    // What is put into the selects from elsewhere, such as an answer that was kept in the browser.
    field.closest("form").addEventListener("input", (event) => event.isTrusted || this.follow());
    this.follow();
  }

  get items() {
    return [...this.list.querySelectorAll("[data-item]")];
  }

  enhance(item) {
    const label = item.querySelector("label");
    const select = item.querySelector("select");
    const name = label.textContent.trim();
    item.append(this.field.querySelector("[data-ordering-parts]").content.cloneNode(true));
    for (const button of item.querySelectorAll("[data-move]")) {
      button.setAttribute("aria-label", button.dataset.says.replace("{item}", name));
      button.addEventListener("click", () => this.move(item, Number(button.dataset.move), button));
      button.addEventListener("keydown", (event) => this.key(event, item, button));
    }
    label.removeAttribute("for");
    select.setAttribute("aria-labelledby", label.id);
    select.hidden = true;
  }

  key(event, item, button) {
    if (!(event.key in STEPS) || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.move(item, STEPS[event.key], button);
  }

  move(item, step, button) {
    const other = step < 0 ? item.previousElementSibling : item.nextElementSibling;
    if (!other) return;
    if (step < 0) other.before(item);
    else other.after(item);
    this.items.forEach((one, place) => {
      one.querySelector("select").selectedIndex = place + 1;
    });
    this.draw();
    // A button that has moved loses the focus, and at an end it can do no more.
    const twin = [button, ...item.querySelectorAll("[data-move]")].find((one) => !one.disabled);
    twin.focus();
    this.say(item);
    item.querySelector("select").dispatchEvent(new Event("change", { bubbles: true }));
  }

  // Put the items where their selects say, if all do.
  follow() {
    const placed = this.items.map((item) => [item.querySelector("select").selectedIndex, item]);
    if (placed.every(([place]) => place > 0)) {
      placed.sort(([one], [other]) => one - other);
      this.list.append(...placed.map(([, item]) => item));
    }
    this.draw();
  }

  draw() {
    const { items } = this;
    items.forEach((item, place) => {
      const [up, down] = item.querySelectorAll("[data-move]");
      up.disabled = place === 0;
      down.disabled = place === items.length - 1;
    });
  }

  say(item) {
    const { items } = this;
    const values = { item: item.querySelector("label").textContent.trim(), place: items.indexOf(item) + 1, count: items.length };
    const said = this.field.querySelector("[data-ordering-said]");
    said.textContent = this.field.dataset.says.replace(/\{(\w+)\}/g, (_all, name) => values[name]);
  }
}

function enhance(root) {
  const fields = root.matches?.("[data-ordering]") ? [root] : root.querySelectorAll("[data-ordering]");
  for (const field of fields) {
    if (field.dataset.ordering !== "ready") new Ordering(field);
    field.dataset.ordering = "ready";
  }
}

enhance(document);
document.addEventListener("htmx:load", (event) => enhance(event.detail.elt));
