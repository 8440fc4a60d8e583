// The official SDK, pointed at the server under test; what a flow returns is printed as JSON.
import Stripe from "stripe";
import { observed } from "./report.mjs";

export { report } from "./report.mjs";

export function connect(options = {}, key = process.env.KEEPTAB_KEY) {
  return observed("stripe", unobserved(options, key), wasNotOffered);
}

export function unobserved(options = {}, key = process.env.KEEPTAB_KEY) {
  return new Stripe(key, {
    host: process.env.KEEPTAB_HOST,
    port: process.env.KEEPTAB_PORT,
    protocol: "http",
    maxNetworkRetries: 0,
    telemetry: false,
    ...options,
  });
}

export function wasNotOffered(error) {
  return /Unrecognized request URL/.test(error.message);
}

export async function refusal(call) {
  try {
    await call();
  } catch (error) {
    return {
      class: error.constructor.name,
      type: error.type,
      rawType: error.rawType,
      status: error.statusCode,
      code: error.code,
      param: error.param,
      message: error.message,
      hasRequestId: /^req_/.test(error.requestId ?? ""),
    };
  }
  return null;
}
