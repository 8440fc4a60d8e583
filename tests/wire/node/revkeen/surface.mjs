// The names of all methods of the library for RevKeen, as a flow calls them.
import { report, unobserved } from "./connect.mjs";

await report(async () =>
  Object.entries(unobserved())
    .filter(([name]) => name !== "generatedClient") // its inside
    .flatMap(([name, resource]) => Object.keys(resource).map((method) => `${name}.${method}`))
    .sort(),
);
