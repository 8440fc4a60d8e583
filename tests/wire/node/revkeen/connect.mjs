// The official library for RevKeen, pointed at the server under test; what a flow returns is printed as JSON.
import { RevKeen } from "@revkeen/sdk";
import { observed } from "../report.mjs";

export { report } from "../report.mjs";

const baseUrl = `http://${process.env.KEEPTAB_HOST}:${process.env.KEEPTAB_PORT}/revkeen/v2`;

export function connect(options = {}) {
  return observed("revkeen", unobserved(options), wasNotOffered);
}

export function unobserved(options = {}) {
  return new RevKeen({ apiKey: process.env.KEEPTAB_KEY, baseUrl, ...options });
}

/** Ask for what the documentation shows and the library lacks. */
export async function raw(method, path, body) {
  const headers = { "x-api-key": process.env.KEEPTAB_KEY, "Content-Type": "application/json" };
  const sent = body && JSON.stringify(body);
  const response = await fetch(`${baseUrl}${path}`, { method, headers, body: sent });
  return { status: response.status, body: await response.json() };
}

export function wasNotOffered(error) {
  return /Unrecognized request URL/.test(error.message);
}

export async function refusal(call) {
  try {
    await call();
  } catch (error) {
    return { class: error.name, status: error.status, message: error.message };
  }
  return null;
}
