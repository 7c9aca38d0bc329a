// Keeps a preview from asking again for what has just been submitted: typing and pressing Enter at once would
// otherwise let the late preview take the place of the run.
//
//   <form hx-post="…"> … <div data-settled-form hx-post="…" hx-trigger="input delay:300ms from:closest form"></div></form>

function content(form) {
  const data = new FormData(form);
  data.delete("csrfmiddlewaretoken");
  return new URLSearchParams(data).toString();
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
