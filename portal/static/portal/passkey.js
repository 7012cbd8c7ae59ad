// The passkey button: asks the portal what to ask, the device to answer, and posts the answer with the form it stands in.
// Without this script there is no button, and the other ways stand on the same page.
"use strict";

(() => {
  const toBytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (character) => character.charCodeAt(0));
  const toText = (bytes) =>
    btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const known = (list) => (list || []).map((one) => ({ ...one, id: toBytes(one.id) }));

  async function make(options) {
    const made = await navigator.credentials.create({
      publicKey: {
        ...options,
        challenge: toBytes(options.challenge),
        user: { ...options.user, id: toBytes(options.user.id) },
        excludeCredentials: known(options.excludeCredentials),
      },
    });
    return answer(made, {
      attestationObject: toText(made.response.attestationObject),
      transports: made.response.getTransports ? made.response.getTransports() : [],
    });
  }

  async function show(options) {
    const shown = await navigator.credentials.get({
      publicKey: {
        ...options,
        challenge: toBytes(options.challenge),
        allowCredentials: known(options.allowCredentials),
      },
    });
    const handle = shown.response.userHandle;
    return answer(shown, {
      authenticatorData: toText(shown.response.authenticatorData),
      signature: toText(shown.response.signature),
      userHandle: handle ? toText(handle) : null,
    });
  }

  function answer(credential, more) {
    return JSON.stringify({
      id: credential.id,
      rawId: toText(credential.rawId),
      type: credential.type,
      authenticatorAttachment: credential.authenticatorAttachment,
      clientExtensionResults: credential.getClientExtensionResults(),
      response: { clientDataJSON: toText(credential.response.clientDataJSON), ...more },
    });
  }

  async function run(form, button, words) {
    button.disabled = true;
    words.textContent = form.dataset.waiting;
    try {
      const asked = await fetch(form.dataset.options, {
        method: "POST",
        credentials: "same-origin",
        body: new URLSearchParams({ csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value }),
      });
      if (asked.redirected || !asked.ok) {
        location.reload(); // signed out, or a fresh factor is wanted first: the page itself leads there
        return;
      }
      const options = await asked.json();
      form.elements.passkey.value = await (form.dataset.passkey === "make" ? make(options) : show(options));
      form.submit();
    } catch (error) {
      words.textContent = error.name === "InvalidStateError" ? form.dataset.known : form.dataset.failed;
      button.disabled = false;
      button.focus();
    }
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    if (!window.PublicKeyCredential) {
      continue;
    }
    const button = document.createElement("button");
    button.type = "submit";
    button.className = "btn";
    button.textContent = form.dataset.label;
    const words = document.createElement("p");
    words.className = "hint";
    words.setAttribute("role", "status");
    form.append(button, words);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      run(form, button, words);
    });
    form.hidden = false;
    if (form.dataset.passkey === "show" && !document.querySelector(".errors")) {
      button.focus();
    }
    for (const other of document.querySelectorAll("[data-without-passkey]")) {
      other.hidden = true;
    }
  }
})();
