// The official library for Omise, pointed at the server under test; what a flow returns is printed as JSON.
import connectTo from "omise";
import { observed } from "../report.mjs";

export { report } from "../report.mjs";

export function connect(secretKey = process.env.KEEPTAB_KEY) {
  return observed("omise", unobserved(secretKey), wasNotOffered);
}

export function unobserved(secretKey = process.env.KEEPTAB_KEY) {
  return connectTo({
    secretKey,
    publicKey: process.env.KEEPTAB_PUBLIC_KEY,
    host: process.env.KEEPTAB_HOST,
    vaultHost: process.env.KEEPTAB_HOST,
    scheme: "http",
  });
}

export function wasNotOffered(error) {
  if (typeof error === "string") {
    return true; // a page, no answer of the dialect
  }
  return /Keeptab does not (offer|keep) |Unrecognized request URL/.test(error.message);
}

export async function refusal(call) {
  try {
    await call();
  } catch (error) {
    return { object: error.object, code: error.code, message: error.message };
  }
  return null;
}
