// Calls every method of the library for Omise with made-up ids, and tells which of them the server offers.
import { report, unobserved, wasNotOffered } from "./connect.mjs";

const id = "x_test_1";
const withoutIds = ["create", "list", "updateAccount", "listOpen", "listClosed", "listPending"];
const withTwoIds = ["retrieveCard", "updateCard", "destroyCard", "retrieveRefund"];
const single = ["account", "balance", "capability"];
const withData = ["create", "list", "update", "updateAccount", "updateCard", "capture"];

await report(async () => {
  const omise = unobserved();
  const offered = {};
  for (const name of process.env.METHODS.split(" ")) {
    const [resource, method] = name.split(".");
    const hasNoId = withoutIds.includes(method) || name === "charges.schedules";
    const ids = single.includes(resource) || hasNoId ? [] : [id];
    const given = withTwoIds.includes(method) ? [...ids, id] : ids;
    const data = withData.includes(method) ? [{}] : [];
    offered[name] = await omise[resource][method](...given, ...data).then(
      () => true,
      (error) => !wasNotOffered(error),
    );
  }
  return offered;
});
