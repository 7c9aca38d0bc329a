// Moves the focus to what has just been put into the page and asks for it, as a browser does for a whole page.
//
//   <div id="error-summary"><div tabindex="-1" autofocus>…</div></div>

document.body.addEventListener("htmx:oobAfterSwap", (event) => {
  event.detail.target.querySelector("[autofocus]")?.focus();
});
