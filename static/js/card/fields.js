"use strict";

// Fields of our own for a card: number, expiry, security code, name. None of them has a name that a form would send.

{
  const { numbers } = globalThis.cardEntry;

  const NAMES = ["number", "expiry", "cvc", "name"];
  // What a vault calls the part that it refuses, by the field that shows it.
  const FIELDS = { number: "number", exp_month: "expiry", exp_year: "expiry", expiry: "expiry", cvc: "cvc", name: "name" };

  // A field's error stands below it, and says itself to screen readers with the field.
  function show(input, text) {
    const place = document.getElementById(`${input.id}_error`);
    input.setAttribute("aria-invalid", text ? "true" : "false");
    input.closest(".field").classList.toggle("has-error", Boolean(text));
    place.textContent = text;
    place.hidden = !text;
  }

  // Whoever mends the middle of a number keeps the caret behind the same digit.
  function regroup(input) {
    const before = numbers.digits(input.value.slice(0, input.selectionStart)).length;
    const text = numbers.grouped(input.value);
    if (text === input.value) return;
    input.value = text;
    let place = 0;
    for (let seen = 0; place < text.length && seen < before; place += 1) seen += text[place] === " " ? 0 : 1;
    input.setSelectionRange(place, place);
  }

  // Only what is typed forwards is helped with; what is deleted, pasted or filled in is left alone until it is done.
  function helpExpiry(event) {
    const input = event.target;
    if (event.inputType !== "insertText" || input.selectionStart !== input.value.length) return;
    const typed = numbers.plain(input.value);
    if (/^[2-9]$/.test(typed)) input.value = `0${typed} / `;
    else if (/^(?:0[1-9]|1[0-2])$/.test(typed)) input.value = `${typed} / `;
    else if (/^(?:0[1-9]|1[0-2]) \/ \/$/.test(typed)) input.value = typed.slice(0, -1);
  }

  function tidyExpiry(input) {
    const expiry = numbers.expiryOf(input.value);
    if (expiry) input.value = `${String(expiry.month).padStart(2, "0")} / ${String(expiry.year).slice(-2)}`;
  }

  // Complain when somebody leaves a field that has something in it; after that, as soon as it is mended.
  function watch(input, check) {
    input.addEventListener("blur", () => {
      if (input.value.trim()) show(input, check());
    });
    input.addEventListener("input", () => {
      if (input.getAttribute("aria-invalid") === "true") show(input, check());
    });
  }

  function ownFields(root, { texts, icons }) {
    const inputs = Object.fromEntries(NAMES.map((name) => [name, root.querySelector(`[data-card-part="${name}"]`)]));
    const icon = root.querySelector("[data-card-brand]");
    const brand = () => numbers.brandOf(numbers.digits(inputs.number.value));
    const wrong = {
      number: () => numbers.wrongNumber(inputs.number.value),
      expiry: () => numbers.wrongExpiry(inputs.expiry.value),
      cvc: () => numbers.wrongCode(inputs.cvc.value, brand()?.name),
      name: () => (inputs.name.value.trim() ? "" : "name_missing"),
    };
    const check = (name) => texts.errors[wrong[name]()] ?? "";

    function showBrand() {
      const found = brand();
      const name = found && icons[found.name] ? found.name : "card";
      if (icon.dataset.cardBrand === name) return;
      icon.dataset.cardBrand = name;
      icon.src = icons[name];
      icon.alt = found ? texts.brands[found.name] : "";
    }

    inputs.number.addEventListener("input", () => {
      regroup(inputs.number);
      showBrand();
    });
    inputs.expiry.addEventListener("input", helpExpiry);
    inputs.expiry.addEventListener("blur", () => tidyExpiry(inputs.expiry));
    NAMES.forEach((name) => watch(inputs[name], () => check(name)));

    return {
      // What is wrong, field by field, shown there as well.
      problems() {
        return NAMES.map((name) => ({ input: inputs[name], text: check(name) })).filter(({ input, text }) => {
          show(input, text);
          return text;
        });
      },

      values() {
        const { month, year } = numbers.expiryOf(inputs.expiry.value);
        return {
          number: numbers.digits(inputs.number.value),
          exp_month: month,
          exp_year: year,
          cvc: numbers.digits(inputs.cvc.value),
          name: inputs.name.value.trim(),
        };
      },

      // A vault's refusal at the field that it names; what it does not name, nobody guesses.
      refuse(param, text) {
        const input = inputs[FIELDS[param]];
        if (!input) return false;
        show(input, text);
        input.focus();
        return true;
      },

      clear() {
        NAMES.filter((name) => name !== "name").forEach((name) => {
          inputs[name].value = "";
        });
      },
    };
  }

  // The security code of a card that is saved, asked for on its own.
  function ownCode(root, { texts }) {
    const input = root.querySelector("[data-card-part=code]");
    const check = () => texts.errors[numbers.wrongCode(input.value, root.dataset.brand)] ?? "";
    watch(input, check);
    return {
      problems() {
        const text = check();
        show(input, text);
        return text ? [{ input, text }] : [];
      },
      value: () => numbers.digits(input.value),
      refuse(text) {
        show(input, text);
        input.focus();
      },
      clear() {
        input.value = "";
      },
    };
  }

  Object.assign(globalThis.cardEntry, { ownFields, ownCode });
}
