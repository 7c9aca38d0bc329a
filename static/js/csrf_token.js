// Sends every form with the protection token that the browser has now. The token changes when somebody signs in, in
// this tab or another, and a page that was loaded before carries the old one.
//
// A form that was refused for want of the cookie, which the refusal has brought anew, is sent once more.

const FIELD = "csrfmiddlewaretoken";

export const token = () => /(?:^|; )(?:__Host-)?csrftoken=([^;]+)/.exec(document.cookie)?.[1];

function renew() {
  const now = token();
  if (!now) return;
  for (const field of document.querySelectorAll(`input[name="${FIELD}"]`)) field.value = now;
}

document.addEventListener("submit", renew, { capture: true });
document.addEventListener("htmx:configRequest", ({ detail }) => {
  renew();
  if (detail.parameters[FIELD] && token()) detail.parameters[FIELD] = token(); // read before it was renewed
});
document.addEventListener("htmx:responseError", ({ detail }) => {
  const sent = detail.requestConfig.parameters[FIELD];
  const { triggeringEvent } = detail.requestConfig;
  if (detail.xhr.status !== 403 || !sent || !triggeringEvent || !token() || sent === token()) return;
  htmx.trigger(detail.elt, triggeringEvent.type);
});
