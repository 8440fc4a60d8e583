import { connect, refusal, report } from "./connect.mjs";

await report(async () => {
  const stripe = connect({ maxNetworkRetries: 5 });
  const once = { idempotencyKey: "order-1" };
  const create = () => stripe.customers.create({ email: "jenny@example.com" }, once);
  const first = await create();
  const second = await create();
  const twins = await Promise.all(
    Array.from({ length: 20 }, () =>
      stripe.customers.create({ email: "twin@example.com" }, { idempotencyKey: "order-2" }),
    ),
  );
  return {
    first: first.id,
    second: second.id,
    replayed: second.lastResponse.headers["idempotent-replayed"],
    twins: [...new Set(twins.map((customer) => customer.id))].length,
    listed: (await stripe.customers.list()).data.length,
    other: await refusal(() => stripe.customers.create({ email: "lee@example.com" }, once)),
  };
});
