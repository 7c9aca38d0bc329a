// What learners bring themselves: a picture chosen, pasted, dropped or taken with the camera, shrunk here and sent as
// PNG in base64; and a file of texts read into its field.
//
//   <div data-own-picture data-side="96"> … </div>   templates/lab/_field.html

class OwnPicture {
  constructor(box) {
    this.box = box;
    const find = (name) => box.querySelector(`[data-own-picture-${name}]`);
    [this.value, this.canvas, this.remove, this.live, this.says] = ["value", "canvas", "remove", "live", "says"].map(find);
    this.input = box.querySelector("input[type=file]");
    this.video = box.querySelector("video");
    this.input.addEventListener("change", () => this.input.files[0] && this.read(this.input.files[0]));
    box.addEventListener("paste", (event) => this.given(event, event.clipboardData));
    box.addEventListener("dragover", (event) => event.preventDefault());
    box.addEventListener("drop", (event) => this.given(event, event.dataTransfer));
    find("camera").addEventListener("click", () => this.startCamera());
    find("take").addEventListener("click", () => this.take());
    find("stop").addEventListener("click", () => this.stopCamera());
    this.remove.addEventListener("click", () => this.clear());
    addEventListener("pagehide", () => this.stopCamera());
    if (this.value.value) this.show();
    this.box.closest("form")?.addEventListener("input", ({ target }) => target.matches("form") && this.value.value && this.show());
  }

  given(event, data) {
    const file = [...(data?.files ?? [])].find(({ type }) => type.startsWith("image/"));
    if (!file) return;
    event.preventDefault();
    this.read(file);
  }

  async read(file) {
    this.says.textContent = "";
    const picture = await createImageBitmap(file).catch(() => null);
    this.input.value = ""; // the small picture is sent in its place
    if (!picture) {
      this.says.textContent = this.box.dataset.failed;
      return;
    }
    this.draw(picture, picture.width, picture.height);
    picture.close();
  }

  draw(source, width, height) {
    const scale = Math.min(1, this.box.dataset.side / Math.max(width, height));
    [this.canvas.width, this.canvas.height] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
    const pen = this.canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, this.canvas.width, this.canvas.height);
    pen.imageSmoothingQuality = "high";
    pen.drawImage(source, 0, 0, this.canvas.width, this.canvas.height);
    this.value.value = this.canvas.toDataURL("image/png").split(",")[1];
    this.canvas.hidden = this.remove.hidden = false;
    this.value.dispatchEvent(new Event("input", { bubbles: true }));
  }

  async show() {
    const bytes = Uint8Array.from(atob(this.value.value), (one) => one.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" })).catch(() => null);
    if (picture) this.draw(picture, picture.width, picture.height);
  }

  clear() {
    this.value.value = "";
    this.canvas.hidden = this.remove.hidden = true;
    this.input.focus();
  }

  async startCamera() {
    this.says.textContent = "";
    this.stopCamera(); // a second one would stay on unseen
    const size = { width: { ideal: 640 }, height: { ideal: 480 } };
    this.stream = await navigator.mediaDevices?.getUserMedia({ video: size }).catch(() => null);
    if (!this.stream) {
      this.says.textContent = this.box.dataset.noCamera;
      return;
    }
    this.video.srcObject = this.stream;
    this.live.hidden = false;
    await this.video.play().catch(() => null); // stopped before it began
  }

  take() {
    if (!this.video.videoWidth) return;
    this.draw(this.video, this.video.videoWidth, this.video.videoHeight);
    this.stopCamera();
    this.canvas.focus();
  }

  stopCamera() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.live.hidden = true;
  }
}

for (const box of document.querySelectorAll("[data-own-picture]")) new OwnPicture(box);

// UTF-8, or what spreadsheets on a Chinese Windows write.
function readText(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("gb18030").decode(bytes);
  }
}

for (const input of document.querySelectorAll("[data-file-into]")) {
  input.addEventListener("change", async () => {
    const field = document.getElementById(input.dataset.fileInto);
    if (!input.files[0]) return;
    field.value = readText(await input.files[0].arrayBuffer());
    input.value = "";
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });
}
