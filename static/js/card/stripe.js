"use strict";

// Stripe.js: the fields are Stripe's, inside a frame of theirs, so that no number is ever in this page.
//
// The payment method is made here and confirmed by the server, whose answer may lead to the bank: so a page need not
// ask Stripe for an intent before it is shown, and what happens after the form is the same at every gateway.

{
  // The page's own colours, written so that the frame understands them, whatever the page is shown in.
  function colour(name) {
    const probe = document.createElement("span");
    probe.className = `card-probe is-${name}`;
    document.body.append(probe);
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    canvas.fillStyle = getComputedStyle(probe).color;
    canvas.fillRect(0, 0, 1, 1);
    probe.remove();
    const [red, green, blue] = canvas.getImageData(0, 0, 1, 1).data;
    return `#${[red, green, blue].map((part) => part.toString(16).padStart(2, "0")).join("")}`;
  }

  function appearance() {
    return {
      theme: matchMedia("(prefers-color-scheme: dark)").matches ? "night" : "stripe",
      variables: {
        colorPrimary: colour("brand"),
        colorBackground: colour("surface"),
        colorText: colour("ink"),
        colorTextSecondary: colour("quiet"),
        colorDanger: colour("bad"),
        borderRadius: "8px",
        fontSizeBase: "16px",
      },
    };
  }

  // What the frame says of a field, it shows itself; the rest is said above, in our words.
  const refusal = (error) =>
    error.type === "validation_error" ? { isShown: true } : { code: error.decline_code || error.code || "failed", param: "" };

  globalThis.cardEntry.mount = async (root, options) => {
    if (!globalThis.Stripe) throw new Error("Stripe.js is not there.");
    const stripe = globalThis.Stripe(options.publishableKey, { locale: options.locale });
    const frame = root.entry?.querySelector("[data-card-frame]");
    const codeFrame = root.code?.querySelector("[data-card-frame]");
    const look = appearance();
    const elements = stripe.elements({
      mode: "setup",
      currency: options.currency,
      paymentMethodTypes: ["card"],
      paymentMethodCreation: "manual",
      setupFutureUsage: "off_session",
      appearance: look,
      locale: options.locale,
    });
    const payment = frame ? elements.create("payment", { layout: "tabs" }) : null;
    payment?.mount(frame);
    const codes = codeFrame ? stripe.elements({ locale: options.locale }) : null;
    const code = codes?.create("cardCvc", {
      style: { base: { color: look.variables.colorText, fontSize: "16px" }, invalid: { color: look.variables.colorDanger } },
    });
    code?.mount(codeFrame);

    return {
      fields: null,
      codeField: null,
      async tokenize() {
        const { error: unfit } = await elements.submit();
        if (unfit) return { error: refusal(unfit) };
        const { error, paymentMethod } = await stripe.createPaymentMethod({ elements });
        return error ? { error: refusal(error) } : { token: paymentMethod.id };
      },
      async cvcToken() {
        const { error, token } = await stripe.createToken("cvc_update", code);
        return error ? { error: { code: "code_missing", param: "code" } } : { token: token.id };
      },
      destroy() {
        payment?.destroy();
        code?.destroy();
      },
    };
  };
}
