"use strict";

// Pages work without this; it adds copying, rows for metadata, menus that close, and a guard against sending twice.

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    const words = button.querySelector(".hidden");
    const before = words.textContent;
    words.textContent = button.dataset.done;
    button.classList.add("is-done");
    setTimeout(() => {
      words.textContent = before;
      button.classList.remove("is-done");
    }, 1600);
  });
}

for (const button of document.querySelectorAll("[data-more]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const row = button.previousElementSibling.cloneNode(true);
    for (const input of row.querySelectorAll("input")) {
      input.value = "";
      input.removeAttribute("id");
    }
    button.before(row);
    row.querySelector("input").focus();
  });
}

const menus = "details.switch, details.filter, details.more-acts";

function closeMenus(except) {
  for (const menu of document.querySelectorAll(menus)) {
    if (menu.open && menu !== except) menu.open = false;
  }
}

document.addEventListener("click", (event) => closeMenus(event.target.closest(menus)));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details.switch[open], details.filter[open], details.more-acts[open]");
  if (open) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});

for (const form of document.querySelectorAll("form[method=post]")) {
  let isSent = false;
  form.addEventListener("submit", (event) => {
    if (isSent) event.preventDefault();
    isSent = true;
  });
}
// A page that comes back from the browser's memory may be sent again.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

document.querySelector("[data-focus]")?.focus();
