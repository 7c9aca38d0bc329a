// Asks the browser for a passkey when its form is sent, and sends what it answers.
//
//   <form data-passkey="get" data-passkey-options="/address/of/options/" hidden>   or data-passkey="create"
//     <script type="application/json">{…}</script>        the options, unless they are fetched
//     <input type="hidden" name="credential">
//     <p data-passkey-refused hidden>…</p> <p data-passkey-needs-name hidden>…</p>
//   </form>

const isAddress = /^[\d.]+$|^\[/.test(location.hostname); // a passkey belongs to a name
const canAsk = "credentials" in navigator && "parseRequestOptionsFromJSON" in (globalThis.PublicKeyCredential ?? {});

async function optionsOf(form) {
  const address = form.dataset.passkeyOptions;
  if (!address) return JSON.parse(form.querySelector('script[type="application/json"]').textContent);
  const answer = await fetch(address, { headers: { "X-Requested-With": "XMLHttpRequest" } });
  return (await answer.json()).request_options;
}

async function credential(form) {
  const { publicKey } = await optionsOf(form);
  if (form.dataset.passkey === "get") {
    return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
  }
  const alone = form.elements.passwordless?.checked;
  publicKey.authenticatorSelection = {
    ...publicKey.authenticatorSelection,
    residentKey: alone ? "required" : "discouraged",
    requireResidentKey: Boolean(alone),
    userVerification: alone ? "required" : "discouraged",
  };
  return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) });
}

for (const form of document.querySelectorAll("[data-passkey]")) {
  const part = (name) => form.querySelector(`[data-passkey-${name}]`);
  form.hidden = !canAsk;
  part("needs-name").hidden = !isAddress;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    part("refused").hidden = true;
    try {
      form.elements.credential.value = JSON.stringify((await credential(form)).toJSON());
      form.submit();
    } catch {
      part("refused").hidden = false;
    }
  });
}
