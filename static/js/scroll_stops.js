// A formula wider than its column is scrolled; then, and only then, it is a stop for the keyboard too.
//
//   <div class="math-block"> <math> … </math> </div>

const resized = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});

function watch() {
  for (const formula of document.querySelectorAll(".math-block")) resized.observe(formula);
}

document.body.addEventListener("htmx:afterSettle", watch);
watch();
