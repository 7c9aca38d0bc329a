// Gives every form on the page the token that the server sends along when it has changed, which it does when a
// visitor's first run makes them a guest. The server sends the event "csrf-token" with {token}.

document.body.addEventListener("csrf-token", (event) => {
  for (const field of document.querySelectorAll('input[name="csrfmiddlewaretoken"]')) {
    field.value = event.detail.token;
  }
});
