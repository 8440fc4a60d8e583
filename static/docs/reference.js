"use strict";

// The page is complete without this: it remembers the language of the samples, and folds the contents away on small
// screens.

const KEY = "reference-language";

for (const choice of document.querySelectorAll("input[name=language]")) {
  if (choice.value === remembered(KEY)) choice.checked = true;
  choice.addEventListener("change", () => remember(KEY, choice.value));
}

const contents = document.querySelector(".contents details");
const isSmall = window.matchMedia("(max-width: 960px)");
contents.open = !isSmall.matches;
isSmall.addEventListener("change", () => { contents.open = !isSmall.matches; });
contents.addEventListener("click", (event) => {
  if (isSmall.matches && event.target.closest("a")) contents.open = false;
});
