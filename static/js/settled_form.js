// Keeps a preview from asking again for what has just been submitted: typing and pressing Enter at once would
// otherwise let the late preview take the place of the run.
//
//   <form hx-post="…"> … <div data-settled-form hx-post="…" hx-trigger="input delay:300ms from:closest form"></div></form>

// What the visitor filled in. Not the token, nor which part of a picture is shown: a run that is done changes both.
function content(form) {
  const filled = [...form.elements].filter((field) => form.contains(field) && field.type !== "hidden");
  const names = new Set(filled.map((field) => field.name));
  return new URLSearchParams([...new FormData(form)].filter(([name]) => names.has(name))).toString();
}

for (const preview of document.querySelectorAll("[data-settled-form]")) {
  const form = preview.closest("form");
  let submitted = null;
  form.addEventListener("submit", () => {
    submitted = content(form);
  });
  preview.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target === preview && content(form) === submitted) event.preventDefault();
    else submitted = null;
  });
}
