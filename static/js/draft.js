// Keeps what stands in a form, typed but not sent, while the page changes its language.
//
//   <form data-draft> … </form>
//   <form data-keeps-draft action="/language/"> … </form>

const key = `draft:${location.pathname}`;
const form = document.querySelector("[data-draft]");

function restore(kept) {
  const fields = new URLSearchParams(kept);
  for (const field of form.elements) {
    if (!field.name || field.type === "file" || (field.type === "hidden" && !field.dataset.kept)) continue;
    if (field.type === "checkbox") field.checked = fields.has(field.name);
    else if (fields.has(field.name)) field.value = fields.get(field.name);
  }
  form.dispatchEvent(new Event("input", { bubbles: true }));
}

if (form) {
  for (const leaving of document.querySelectorAll("[data-keeps-draft]")) {
    leaving.addEventListener("submit", () => {
      const content = new FormData(form);
      content.delete("csrfmiddlewaretoken");
      for (const { name, type } of form.elements) if (type === "file") content.delete(name);
      sessionStorage.setItem(key, new URLSearchParams(content).toString());
    });
  }
  // htmx, which redraws the preview on that event, listens from here on.
  document.addEventListener("DOMContentLoaded", () => {
    const kept = sessionStorage.getItem(key);
    sessionStorage.removeItem(key);
    if (kept) restore(kept);
  });
}
