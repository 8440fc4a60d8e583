// The signature checks of the official libraries, over a body and headers as they came to a receiver.
import { constructEvent, extractWebhookHeaders } from "@revkeen/sdk/webhooks";
import Stripe from "stripe";

import { report } from "./report.mjs";

const { BODY, HEADERS, SECRET, SPELLING } = process.env;
const headers = JSON.parse(HEADERS);

function check(body) {
  try {
    const event =
      SPELLING === "revkeen"
        ? constructEvent(body, extractWebhookHeaders(headers).signature, SECRET)
        : Stripe.webhooks.constructEvent(body, headers["stripe-signature"], SECRET);
    return event.type;
  } catch (error) {
    return error.constructor.name.replace(/^_+/, "");
  }
}

await report(() => ({ whole: check(BODY), altered: check(BODY.replace("{", "{ ")) }));
