// Tells the camp that somebody is at it: at most twice a minute, when they move, scroll or type, and only while the page
// is in sight. What they do is not told. A page of a visitor who is nobody yet does not load this.
//
//   <body data-here="reading" data-here-url="/progress/here/">       or "task"

import { token } from "./csrf_token.js";

const EVERY_MS = 30_000;
const SIGNS = ["pointermove", "pointerdown", "touchmove", "wheel", "keydown", "input"];
const { here, hereUrl } = document.body.dataset;
let toldAt = -Infinity;
let isAfresh = document.hidden; // the page has been out of sight since it was last told

function tell() {
  const now = performance.now();
  if (document.hidden || now - toldAt < EVERY_MS) return;
  toldAt = now;
  const wasAfresh = isAfresh;
  isAfresh = false;
  const body = new URLSearchParams({ kind: here, afresh: wasAfresh ? "1" : "", csrfmiddlewaretoken: token() ?? "" });
  // Nothing depends on it; but what was out of sight must not count because a word of it was lost.
  const again = () => { isAfresh ||= wasAfresh; };
  fetch(hereUrl, { method: "POST", body, keepalive: true }).then(({ ok }) => ok || again(), again);
}

document.addEventListener("visibilitychange", () => { isAfresh ||= document.hidden; });
for (const sign of SIGNS) document.addEventListener(sign, tell, { passive: true, capture: true });
