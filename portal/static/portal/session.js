// Warns two minutes before the session ends, and lets its owner stay. The page says the time in words too.
"use strict";

(() => {
  const dialog = document.querySelector("dialog[data-seconds]");
  if (!dialog || !dialog.showModal) {
    return;
  }
  const BEFORE = 120;
  const KEY = "session ends at";
  const left = () => Math.round((Number(localStorage.getItem(KEY)) - Date.now()) / 1000);
  const lasts = (seconds) => localStorage.setItem(KEY, String(Date.now() + seconds * 1000)); // for other tabs, too
  const minutes = dialog.querySelector("[data-minutes]");
  const stays = dialog.querySelector("[data-stay]");

  lasts(Number(dialog.dataset.seconds));

  setInterval(() => {
    const seconds = left();
    if (seconds <= 0) {
      location.reload(); // the portal has ended it: what it shows now is the sign-in, and nothing personal
    } else if (seconds <= BEFORE && !dialog.open) {
      dialog.showModal();
    } else if (seconds > BEFORE && dialog.open) {
      dialog.close();
    }
    minutes.textContent = `${Math.floor(Math.max(seconds, 0) / 60)}:${String(Math.max(seconds, 0) % 60).padStart(2, "0")}`;
  }, 1000);

  async function stay() {
    const answer = await fetch(dialog.dataset.stay, { credentials: "same-origin" });
    if (answer.redirected || !answer.ok) {
      location.reload();
      return;
    }
    lasts((await answer.json()).seconds);
    dialog.close();
  }
  stays.addEventListener("click", stay);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    stay();
  });
})();
