// Shows beside a slider the number it stands at, as it is moved.
//
//   <input type="range" id="temperature"> <output for="temperature" data-shows-value>1</output>

document.addEventListener("input", ({ target }) => {
  if (target.type !== "range") return;
  const shown = document.querySelector(`output[data-shows-value][for="${CSS.escape(target.id)}"]`);
  if (shown) shown.textContent = target.value;
});
