// Keeps where somebody is in a lesson: the last heading, or block with an id, that came into the upper half of the page.
//
//   <article data-place-url="/camp/…/place/"> … <h2 id="section-1"> … </article>

import { token } from "./csrf_token.js";

const SETTLED_MS = 1500;
const article = document.querySelector("[data-place-url]");
let seen = "";
let sent = "";
let waiting = 0;

function send() {
  clearTimeout(waiting);
  if (!seen || seen === sent) return;
  sent = seen;
  const body = new URLSearchParams({ place: seen, csrfmiddlewaretoken: token() ?? "" });
  // Nothing depends on it: where it does not arrive, the place is the one before until it is sent again.
  const again = () => { sent = ""; };
  fetch(article.dataset.placeUrl, { method: "POST", body, keepalive: true }).then(({ ok }) => ok || again(), again);
}

if (article) {
  const observer = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) seen = entry.target.id;
    clearTimeout(waiting);
    waiting = setTimeout(send, SETTLED_MS);
  }, { rootMargin: "0px 0px -50% 0px" });
  for (const place of article.querySelectorAll(".prose [id], .block > [id]")) observer.observe(place);
  document.addEventListener("visibilitychange", () => { if (document.hidden) send(); });
}
