// The colours of the steps w0 … w32, s0 … s16, d0 … d32 as the theme has them now, for canvases.
//
//   colourOf("w12")  "rgb(…)"

const known = new Map();

export function colourOf(step) {
  if (!known.has(step)) {
    const probe = document.createElement("i");
    probe.className = `probe ${step}`;
    document.body.append(probe);
    known.set(step, getComputedStyle(probe).backgroundColor);
    probe.remove();
  }
  return known.get(step);
}

const scales = new Map();

// The steps w0 … w32 as numbers that an image's data takes, one 32-bit number a step.
export function weightPixels() {
  if (!scales.has("w")) {
    const canvas = new OffscreenCanvas(33, 1);
    const pen = canvas.getContext("2d");
    for (let step = 0; step <= 32; step += 1) {
      pen.fillStyle = colourOf(`w${step}`);
      pen.fillRect(step, 0, 1, 1);
    }
    scales.set("w", new Uint32Array(pen.getImageData(0, 0, 33, 1).data.buffer));
  }
  return scales.get("w");
}

// Calls `redraw` whenever the colours have changed.
export function whenThemeChanges(redraw) {
  const changed = () => {
    known.clear();
    scales.clear();
    redraw();
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
  new MutationObserver(changed).observe(document.documentElement, { attributeFilter: ["data-theme"] });
}
