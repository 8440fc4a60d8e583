"use strict";

// Omise.js: fields of our own, whose contents Omise's script takes to Omise's vault.

{
  const { ownFields } = globalThis.cardEntry;

  // What Omise's refusals say, by the field that is wrong. Their messages are for merchants and are not shown.
  const WRONG = [
    [/number/i, { code: "incorrect_number", param: "number" }],
    [/security code|cvv|cvc/i, { code: "incorrect_cvc", param: "cvc" }],
    [/expir|month|year/i, { code: "expiry_wrong", param: "expiry" }],
    [/name/i, { code: "name_missing", param: "name" }],
  ];

  function refusal({ code, message = "" }) {
    const found = code === "invalid_card" ? WRONG.find(([words]) => words.test(message)) : null;
    return found ? found[1] : { code: code === "invalid_card" ? "incorrect_number" : "failed", param: "" };
  }

  globalThis.cardEntry.mount = async (root, options) => {
    const { Omise } = globalThis;
    if (!Omise) throw new Error("Omise.js is not there.");
    Omise.setPublicKey(options.publishableKey);
    const fields = root.entry ? ownFields(root.entry, options) : null;

    return {
      fields,
      codeField: null,
      tokenize: () =>
        new Promise((resolve) => {
          const { number, exp_month, exp_year, cvc, name } = fields.values();
          const card = { name, number, expiration_month: exp_month, expiration_year: exp_year, security_code: cvc };
          Omise.createToken("card", card, (status, answer) => {
            resolve(status === 200 ? { token: answer.id } : { error: refusal(answer ?? {}) });
          });
        }),
      cvcToken: async () => ({ token: "" }), // Omise takes no security code beside a saved card
      destroy: () => fields?.clear(),
    };
  };
}
