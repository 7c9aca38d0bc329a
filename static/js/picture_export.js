// Hands a picture over as a PNG file, drawn here from its SVG at twice its size.
//
//   <button data-png="…/weights.svg?head=2" data-name="attention.png" data-failed="…">…</button>
//   <span role="status" data-png-says></span>

const SCALE = 2;

async function pngOf(address) {
  const image = new Image(); // same origin: the policy lets it load, and the canvas may be read
  image.src = address;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth * SCALE;
  canvas.height = image.naturalHeight * SCALE;
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  const file = await new Promise((take) => canvas.toBlob(take, "image/png"));
  if (!file) throw new Error("the canvas gave no file");
  return file;
}

function save(file, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

// On the document, for the buttons are replaced when another head is shown.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-png]");
  if (!button) return;
  const says = document.querySelector("[data-png-says]");
  says.textContent = "";
  await pngOf(button.dataset.png).then(
    (file) => save(file, button.dataset.name),
    () => (says.textContent = button.dataset.failed),
  );
});
