"use strict";

// What the pages of the documentation share with the API reference: remembering a choice, and copying examples.

function remembered(key) {
  try {
    return window.localStorage.getItem(key);
  } catch {
    return null; // storage can be switched off
  }
}

function remember(key, value) {
  try {
    window.localStorage.setItem(key, value);
  } catch {
    // storage can be switched off; then each page begins with the first choice
  }
}

for (const button of document.querySelectorAll("button.copy")) {
  const said = button.firstChild.textContent;
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.closest("figure").querySelector("code").textContent);
    button.firstChild.textContent = document.body.dataset.copied;
    window.setTimeout(() => { button.firstChild.textContent = said; }, 2000);
  });
}
