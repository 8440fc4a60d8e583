// The names of all methods of the library for Stripe, as a flow calls them.
import Stripe from "stripe";
import { report, unobserved } from "./connect.mjs";

// `account` is another name of `accounts`, `stripe` leads back; `/v2/` and OAuth are beyond what is promised.
const ignored = new Set(["account", "stripe", "v2", "oauth"]);

function isNamespace(member) {
  if (member === null || typeof member !== "object") {
    return false;
  }
  const isPlain = Object.values(member).some((inner) => inner instanceof Stripe.StripeResource);
  return isPlain || member instanceof Stripe.StripeResource;
}

function* methodsOf(thing, path) {
  for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(thing))) {
    if (name !== "constructor" && !name.startsWith("_") && typeof thing[name] === "function") {
      yield `${path}${name}`;
    }
  }
}

function* below(thing, path) {
  for (const [name, member] of Object.entries(thing)) {
    if (name.startsWith("_") || ignored.has(name) || !isNamespace(member)) {
      continue;
    }
    if (member instanceof Stripe.StripeResource) {
      yield* methodsOf(member, `${path}${name}.`);
    }
    yield* below(member, `${path}${name}.`);
  }
}

await report(async () => [...below(unobserved(), "")].sort());
