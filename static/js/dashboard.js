"use strict";

// Pages work without this; it adds copying, rows for metadata and tiers, fields that show where they count, menus that
// close, and a guard against sending twice.

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

// `data-when="model=graduated volume"`: the field counts while one of these is chosen; one that does not is not sent.
for (const part of document.querySelectorAll("[data-when]")) {
  const [name, values] = part.dataset.when.split("=");
  const form = part.closest("form");
  const field = part.closest(".field");
  const section = part.closest("details.panel");
  const follow = () => {
    const chosen = new FormData(form).get(name);
    const counts = values.split(" ").includes(chosen);
    field.hidden = !counts;
    if (section && !section.querySelector(".field:not([hidden])")) section.hidden = true;
    else if (section) section.hidden = false;
    for (const input of field.querySelectorAll("input, select")) input.disabled = !counts;
  };
  form.addEventListener("change", follow);
  follow();
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

for (const form of document.querySelectorAll("form[method=post]:not([data-again])")) {
  let isSent = false;
  form.addEventListener("submit", (event) => {
    if (event.submitter?.formTarget) return; // a preview, beside the page
    if (isSent) event.preventDefault();
    isSent = true;
  });
}
// A page that comes back from the browser's memory may be sent again.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

// The menu is longer than a low window: show where one is.
const here = document.querySelector(".menu [aria-current]");
if (here) here.closest(".menu").scrollTop = here.offsetTop - here.closest(".menu").clientHeight / 2;

document.querySelector("[data-focus]")?.focus();
