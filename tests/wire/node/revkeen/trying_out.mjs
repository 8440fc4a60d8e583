// Calls every method of the library for RevKeen with made-up ids, and tells which of them the server offers.
import { report, unobserved, wasNotOffered } from "./connect.mjs";

await report(async () => {
  const client = unobserved();
  const offered = {};
  for (const name of process.env.METHODS.split(" ")) {
    const [resource, method] = name.split(".");
    const call = client[resource][method];
    const isIdFirst = call.length === 2 || /(^g|G)et|ancel|etry|esend|otate|elete|MethodsList/.test(method);
    offered[name] = await call(isIdFirst ? "x_test_1" : {}, {}).then(
      () => true,
      (error) => {
        if (!error.status) {
          throw error; // it never asked the server
        }
        return !wasNotOffered(error);
      },
    );
  }
  return offered;
});
