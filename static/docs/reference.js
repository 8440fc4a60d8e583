"use strict";

// The page is complete without this: it adds copying, remembers the language of the samples, and folds the contents
// away on small screens.

const KEY = "reference-language";

function remembered() {
  try {
    return window.localStorage.getItem(KEY);
  } catch {
    return null; // storage can be switched off
  }
}

function remember(language) {
  try {
    window.localStorage.setItem(KEY, language);
  } catch {
    // storage can be switched off; then each page begins with the first language
  }
}

for (const choice of document.querySelectorAll("input[name=language]")) {
  if (choice.value === remembered()) choice.checked = true;
  choice.addEventListener("change", () => remember(choice.value));
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

const contents = document.querySelector(".contents details");
const isSmall = window.matchMedia("(max-width: 960px)");
contents.open = !isSmall.matches;
isSmall.addEventListener("change", () => { contents.open = !isSmall.matches; });
contents.addEventListener("click", (event) => {
  if (isSmall.matches && event.target.closest("a")) contents.open = false;
});
