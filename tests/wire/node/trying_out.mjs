// Calls every method of the library for Stripe with made-up ids, and tells which of them the server offers.
import { report, unobserved, wasNotOffered } from "./connect.mjs";

const file = { data: "text", name: "a.txt", type: "text/plain" };
const neededByTheLibrary = {
  "ephemeralKeys.create": [{}, { apiVersion: "2026-10-28.endive" }],
  "files.create": [{ purpose: "dispute_evidence", file }],
};

await report(async () => {
  const stripe = unobserved();
  const offered = {};
  for (const name of process.env.METHODS.split(" ")) {
    const path = name.split(".");
    const method = path.pop();
    const resource = path.reduce((thing, part) => thing[part], stripe);
    const ids = Array(resource[method].length - 2).fill("x_test_1"); // then parameters, options
    const rest = neededByTheLibrary[name] ?? [{}];
    offered[name] = await resource[method](...ids, ...rest).then(
      () => true,
      (error) => {
        if (!error.statusCode) {
          throw error; // it never asked the server
        }
        return !wasNotOffered(error);
      },
    );
  }
  return offered;
});
