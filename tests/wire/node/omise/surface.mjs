// The names of all methods of the library for Omise, as a flow calls them.
import { report, unobserved } from "./connect.mjs";

await report(async () =>
  Object.entries(unobserved())
    .flatMap(([name, resource]) => Object.keys(resource).map((method) => `${name}.${method}`))
    .sort(),
);
