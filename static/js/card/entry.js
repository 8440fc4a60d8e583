"use strict";

// The form around a card: it gives the card to the vault and posts what the vault returns, nothing else.
//
// A form has an entry for a new card, a field for a saved card's security code, or both. With `data-when="name=value"`
// or `"name!=value"`, a part counts only while the form's choice `name` has that value, or has not.

{
  const { mount } = globalThis.cardEntry;

  function isChosen(part) {
    if (!part?.dataset.when) return Boolean(part);
    const [, name, sign, value] = part.dataset.when.match(/^([^!=]+)(!?=)(.*)$/);
    return new FormData(part.closest("form")).getAll(name).includes(value) === (sign === "=");
  }

  async function freshKey() {
    const page = await fetch(location.href, { headers: { Accept: "text/html" } });
    const found = new DOMParser().parseFromString(await page.text(), "text/html").querySelector("[data-card-key]");
    if (!found) throw new Error("The page has no key any more.");
    return found.dataset.cardKey;
  }

  async function start(form) {
    const entry = form.querySelector("[data-card-entry]");
    const code = form.querySelector("[data-card-code]");
    const { dataset } = entry ?? code;
    const words = JSON.parse(document.getElementById("card-words").textContent);
    const summary = form.querySelector("[data-card-summary]");
    const status = form.querySelector("[data-card-status]");
    const button = form.querySelector("[type=submit]");
    let isBusy = false;
    let isReady = false;

    form.noValidate = true;
    form.querySelectorAll("[data-card-absent]").forEach((part) => part.remove());

    function complain(lines) {
      const list = summary.querySelector("ul");
      list.replaceChildren(
        ...lines.map(({ input, text }) => {
          const line = document.createElement("li");
          const link = document.createElement(input ? "a" : "span");
          if (input) link.href = `#${input.id}`;
          link.textContent = text;
          line.append(link);
          return line;
        }),
      );
      summary.hidden = !lines.length;
      if (lines.length) summary.focus();
    }

    function setBusy(busy) {
      isBusy = busy;
      button.toggleAttribute("aria-busy", busy);
      status.textContent = busy ? words.texts.busy : "";
    }

    const says = (refused) => words.texts.errors[refused.code] ?? words.texts.errors.failed;

    let adapter;
    try {
      adapter = await mount({ entry, code }, {
        ...words,
        publishableKey: dataset.cardKey,
        tokenUrl: dataset.tokenUrl,
        freshKey,
      });
    } catch {
      return complain([{ text: words.texts.absent }]);
    }

    function showChosen() {
      for (const part of [entry, code]) if (part) part.hidden = !isChosen(part);
    }
    form.addEventListener("change", showChosen);
    showChosen();

    // One part of the form: what was typed is looked at here first, and then given away.
    async function given(fields, ask, hidden, refuse) {
      const problems = fields?.problems() ?? [];
      complain(problems);
      if (problems.length) return false;
      setBusy(true);
      let result;
      try {
        result = await ask();
      } catch {
        result = { error: { code: "unreachable", param: "" } };
      }
      if (result.error) {
        setBusy(false);
        if (!result.error.isShown && !refuse?.(result.error)) complain([{ text: says(result.error) }]);
        return false;
      }
      hidden.value = result.token;
      return true;
    }

    form.addEventListener("submit", async (event) => {
      const wanted = [
        isChosen(entry) && [
          adapter.fields,
          adapter.tokenize,
          form.querySelector("[data-card-token]"),
          (refused) => adapter.fields?.refuse(refused.param, says(refused)),
        ],
        isChosen(code) && [
          adapter.codeField,
          adapter.cvcToken,
          form.querySelector("[data-code-token]"),
          (refused) => {
            adapter.codeField?.refuse(says(refused));
            return Boolean(adapter.codeField);
          },
        ],
      ].filter(Boolean);
      if (isReady || !wanted.length) return;
      event.preventDefault();
      if (isBusy) return;
      for (const part of wanted) if (!(await given(...part))) return;
      adapter.destroy();
      isReady = true;
      // Again, so that the button that was pressed is told of; after this event, within which no other one is heard.
      setTimeout(() => form.requestSubmit(event.submitter));
    });
  }

  // A page that the browser kept is shown as it was left: a token in it was used already.
  addEventListener("pageshow", (event) => {
    if (event.persisted && document.querySelector("[data-card-entry], [data-card-code]")) location.reload();
  });

  const part = document.querySelector("[data-card-entry], [data-card-code]");
  if (part) start(part.closest("form"));
}
