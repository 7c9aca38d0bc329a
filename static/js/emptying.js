// A button that takes a part of the page away again, and where the focus goes then.
//
//   <div id="guess"> … <button type="button" data-empties="#guess" data-then="h2">Close</button></div>

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-empties]");
  if (!button) return;
  document.querySelector(button.dataset.empties).replaceChildren();
  document.querySelector(button.dataset.then)?.focus();
});
