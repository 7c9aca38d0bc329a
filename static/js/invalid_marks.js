// Marks a field as wrong while there is an error beneath it, and as right again once that is gone.
//
//   <input id="q" aria-describedby="q-error">
//   <div id="q-error" data-error-for="q"></div>

function mark() {
  for (const place of document.querySelectorAll("[data-error-for]")) {
    const field = document.getElementById(place.dataset.errorFor);
    if (!field) continue;
    if (place.textContent.trim()) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  }
}

document.body.addEventListener("htmx:afterRequest", mark);
