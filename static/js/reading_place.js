// Keeps where somebody is in a lesson: the last heading, or block with an id, that came into the upper half of the page.
//
//   <article data-place-url="/camp/…/place/"> … <h2 id="section-1"> … </article>

const SETTLED_MS = 1500;
const article = document.querySelector("[data-place-url]");
let seen = "";
let sent = "";
let waiting = 0;

function send() {
  clearTimeout(waiting);
  const token = document.querySelector('input[name="csrfmiddlewaretoken"]');
  if (!seen || seen === sent || !token) return;
  sent = seen;
  const body = new URLSearchParams({ place: seen, csrfmiddlewaretoken: token.value });
  // Nothing depends on it: where there is no network, the place is the one before.
  fetch(article.dataset.placeUrl, { method: "POST", body, keepalive: true }).catch(() => { sent = ""; });
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
