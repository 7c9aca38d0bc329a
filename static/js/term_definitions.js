// Opens a term's definition beside it. Where there is none, or no script, the term is a link to the glossary.
//
//   <a class="term" href="/glossary/#query">query</a>
//   <div data-definitions> <div id="definition-query" popover hidden>…</div> </div>

const GAP_PX = 6;
const EDGE_PX = 16;

const nameOf = (term) => new URL(term.href).hash.slice(1);
const definitionOf = (term) => document.getElementById(`definition-${nameOf(term)}`);
const home = document.querySelector("[data-definitions]");
const beside = new Map(); // each definition that stands open, and the term it belongs to
let pressed = null; // a press anywhere closes what is open, so a press on its own term is not to open it again

function announce() {
  for (const term of document.querySelectorAll("a.term:not([role])")) {
    if (!definitionOf(term)) continue;
    term.setAttribute("role", "button");
    term.setAttribute("aria-haspopup", "dialog");
    term.setAttribute("aria-expanded", "false");
  }
}

// Below the term's first line, above it where there is no room; never off the side.
function place(term, definition) {
  const [box] = term.getClientRects();
  const { offsetWidth: width, offsetHeight: height } = definition;
  const left = Math.min(Math.max(box.left, EDGE_PX), document.documentElement.clientWidth - width - EDGE_PX);
  const fits = box.bottom + GAP_PX + height < window.innerHeight || box.top < height + GAP_PX;
  const top = fits ? box.bottom + GAP_PX : box.top - GAP_PX - height;
  definition.style.left = `${left + window.scrollX}px`;
  definition.style.top = `${top + window.scrollY}px`;
}

function open(term, definition) {
  term.after(definition); // so that Tab goes on from it to what follows the term
  definition.hidden = false;
  definition.showPopover();
  place(term, definition);
  beside.set(definition, term);
  term.setAttribute("aria-expanded", "true");
  definition.focus({ preventScroll: true });
}

function closed(definition) {
  const term = beside.get(definition);
  beside.delete(definition);
  definition.hidden = true;
  home.append(definition); // not to be swept away with an answer's form
  term?.setAttribute("aria-expanded", "false");
  if (document.activeElement === document.body) term?.focus({ preventScroll: true });
}

function toggle(event, term) {
  const definition = definitionOf(term);
  if (!definition) return;
  event.preventDefault();
  if (pressed !== term && !definition.matches(":popover-open")) open(term, definition);
  pressed = null;
}

if (home && "popover" in HTMLElement.prototype) {
  for (const definition of home.children) {
    definition.addEventListener("toggle", ({ newState }) => newState === "closed" && closed(definition));
  }
  document.addEventListener("pointerdown", ({ target }) => {
    const term = target.closest?.("a.term[role=button]");
    pressed = term && beside.get(definitionOf(term)) === term ? term : null;
  }, { capture: true });
  document.addEventListener("click", (event) => {
    const term = event.target.closest?.("a.term[role=button]");
    if (term && !(event.ctrlKey || event.metaKey || event.shiftKey)) toggle(event, term);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === " " && event.target.matches?.("a.term[role=button]")) toggle(event, event.target);
  });
  document.addEventListener("htmx:load", announce);
  announce();
}
