"use strict";

// Lists and bulk work go without this; it chooses all rows of a page, says which acts have somebody to act on, and
// follows a job's progress.

for (const button of document.querySelectorAll("[data-tick-all]")) {
  const boxes = [...document.querySelectorAll('input[name="id"][form="bulk"]')];
  button.hidden = false;
  button.addEventListener("click", () => {
    const isOn = boxes.some((box) => !box.checked);
    for (const box of boxes) box.checked = isOn;
  });
}

for (const panel of document.querySelectorAll("[data-progress]")) {
  const EVERY = 1500; // milliseconds
  const status = panel.querySelector("[role=status]");
  const bar = panel.querySelector("progress");
  panel.querySelector("[data-refresh]").hidden = true;
  const look = async () => {
    let said;
    try {
      const answer = await fetch(panel.dataset.progress, { redirect: "error" });
      if (!answer.ok) return;
      said = await answer.json();
    } catch {
      setTimeout(look, EVERY * 4);
      return;
    }
    if (!said.is_open) return location.reload();
    if (status.textContent !== said.words) status.textContent = said.words;
    if (said.total !== null) {
      bar.max = said.total || 1;
      bar.value = said.passed;
    }
    setTimeout(look, EVERY);
  };
  setTimeout(look, EVERY);
}
