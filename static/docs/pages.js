"use strict";

// The pages are complete without this: it remembers which dialect somebody reads.

const KEY = "docs-dialect";

const choices = document.querySelectorAll(".tabs input");

function choose(dialect) {
  for (const choice of choices) {
    if (choice.value === dialect) choice.checked = true;
  }
}

choose(remembered(KEY));
for (const choice of choices) {
  choice.addEventListener("change", () => {
    const before = choice.getBoundingClientRect().top;
    choose(choice.value);
    window.scrollBy({ top: choice.getBoundingClientRect().top - before, behavior: "instant" }); // others above may have grown
    remember(KEY, choice.value);
  });
}

document.addEventListener("keydown", (event) => {
  if (!["k", "K"].includes(event.key) || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  event.preventDefault();
  document.getElementById("q").select();
});
