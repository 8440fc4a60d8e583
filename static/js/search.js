"use strict";

// The box in the top bar answers while somebody types. Without this it is a form that leads to a page of results.

{
  const WAIT = 120; // milliseconds after the last key
  const form = document.querySelector("form.find[data-options]");
  if (form) startFinding(form);

  function startFinding(form) {
    const input = form.querySelector("input");
    const box = form.querySelector(".found");
    const status = form.querySelector("[role=status]");
    let timer = 0;
    let request = null;
    let asked = "";

    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", box.id);

    const options = () => [...box.querySelectorAll("[role=option]:not([aria-disabled])")];
    const chosen = () => box.querySelector("[aria-selected=true]");

    function close() {
      clearTimeout(timer);
      request?.abort();
      box.hidden = true;
      asked = "";
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }

    function choose(option) {
      chosen()?.setAttribute("aria-selected", "false");
      if (!option) return input.removeAttribute("aria-activedescendant");
      option.setAttribute("aria-selected", "true");
      input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    }

    function step(by) {
      const all = options();
      if (box.hidden || !all.length) return;
      const at = all.indexOf(chosen());
      choose(all[at < 0 ? (by > 0 ? 0 : all.length - 1) : (at + by + all.length) % all.length]);
    }

    async function ask() {
      const text = input.value.trim();
      if (text === asked) return;
      if (text.length < 2) return close();
      request?.abort();
      request = new AbortController();
      asked = text;
      try {
        const url = `${form.dataset.options}?${new URLSearchParams({ q: text })}`;
        const answer = await fetch(url, { signal: request.signal, redirect: "error" });
        if (!answer.ok) return close();
        box.innerHTML = await answer.text();
      } catch (error) {
        if (error.name !== "AbortError") close();
        return;
      }
      box.hidden = false;
      input.setAttribute("aria-expanded", "true");
      input.removeAttribute("aria-activedescendant");
      status.textContent = box.firstElementChild.dataset.said;
    }

    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(ask, WAIT);
    });
    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (box.hidden) ask();
        else step(event.key === "ArrowDown" ? 1 : -1);
      } else if (event.key === "Enter" && !box.hidden && chosen()) {
        event.preventDefault();
        location.assign(chosen().dataset.url);
      } else if (event.key === "Escape") {
        if (box.hidden) input.blur();
        else event.preventDefault();
        close();
      } else if (event.key === "Tab") close();
    });
    box.addEventListener("mousedown", (event) => event.preventDefault()); // the box keeps the focus
    box.addEventListener("click", (event) => {
      const option = event.target.closest("[data-url]");
      if (!option) return;
      if (event.ctrlKey || event.metaKey) open(option.dataset.url, "_blank", "noopener");
      else location.assign(option.dataset.url);
    });
    document.addEventListener("click", (event) => {
      if (!form.contains(event.target)) close();
    });
    document.addEventListener("keydown", (event) => {
      if (!["k", "K"].includes(event.key) || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      event.preventDefault();
      input.focus();
      input.select();
    });
  }
}
