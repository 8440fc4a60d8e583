// The official SDK, pointed at the server under test; what a flow returns is printed as JSON.
import Stripe from "stripe";

export function connect(options = {}, key = process.env.KEEPTAB_KEY) {
  return new Stripe(key, {
    host: process.env.KEEPTAB_HOST,
    port: process.env.KEEPTAB_PORT,
    protocol: "http",
    maxNetworkRetries: 0,
    telemetry: false,
    ...options,
  });
}

export async function report(flow) {
  console.log(JSON.stringify(await flow()));
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
