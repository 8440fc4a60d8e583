import { connect, refusal, report } from "./connect.mjs";

const URL = "https://shop.example.com/hook";

await report(async () => {
  const stripe = connect();
  const { webhookEndpoints } = stripe;
  const made = await webhookEndpoints.create({
    url: URL,
    enabled_events: ["customer.created"],
    metadata: { team: "a" },
  });
  const misspelt = await refusal(() =>
    webhookEndpoints.create({ url: URL, enabled_events: ["*", "customer.create"] }),
  );
  const customer = await stripe.customers.create({ name: "Jenny Rosen" });
  const waiting = await stripe.events.list({ delivery_success: false });
  const changed = await webhookEndpoints.update(made.id, { enabled_events: ["*"], disabled: true });
  return {
    made,
    misspelt,
    customer: customer.id,
    waiting: waiting.data.map((event) => [event.data.object.id, event.pending_webhooks]),
    changed,
    again: await webhookEndpoints.retrieve(made.id),
    all: (await webhookEndpoints.list()).data.map((thing) => thing.id),
    deleted: await webhookEndpoints.del(made.id),
  };
});
