// Applies a theme at once and keeps it, where the form beneath would reload the page.
//
//   <form method="post" action="/theme/" data-theme-switch>
//     <button name="theme" value="dark" aria-pressed="false">…</button>
//   </form>

function apply(theme) {
  const root = document.documentElement;
  if (theme === "system") root.removeAttribute("data-theme");
  else root.dataset.theme = theme;
  const meta = document.querySelector('meta[name="color-scheme"]');
  if (meta) meta.content = theme === "system" ? "light dark" : theme;
}

for (const form of document.querySelectorAll("[data-theme-switch]")) {
  form.addEventListener("submit", async (event) => {
    const chosen = event.submitter;
    if (!chosen) return;
    event.preventDefault();
    apply(chosen.value);
    for (const button of form.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button === chosen));
    }
    const body = new FormData(form, chosen);
    try {
      // The answer is a redirect to a page nobody needs; only its cookie counts.
      await fetch(form.action, { method: "POST", body, redirect: "manual" });
    } catch {
      // Without a connection the theme holds until the next page.
    }
  });
}
