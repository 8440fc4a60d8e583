// Webhook endpoints, their deliveries, and events.
import { connect, refusal, report } from "./connect.mjs";

const url = "https://shop.example.com/hook";

await report(async () => {
  const client = connect();
  const made = await client.webhookEndpoints.create({
    url,
    enabled_events: ["customer.created", "customer.updated"],
    description: "Ours",
  });
  const { id } = made.data;
  const customer = await client.customers.create({ email: "john@example.com" });
  const deliveries = await client.webhook.deliveriesList({ endpoint_id: id, status: "pending" });
  const delivery = deliveries.data[0];
  const events = await client.events.list({ customer_id: customer.data.id, types: "customer.created" });
  const event = events.data[0];
  return {
    made,
    deliveries,
    events,
    delivery: await client.webhook.deliveriesGet(delivery.id),
    retried: await client.webhook.deliveriesRetry(delivery.id),
    event: await client.events.get(event.id),
    resent: await client.events.resend(event.id),
    twice: await refusal(() => client.webhookEndpoints.create({ url, enabled_events: ["*"] })),
    updated: await client.webhookEndpoints.update(id, { enabled: false, description: null }),
    rotated: await client.webhookEndpoints.rotateSecret(id),
    shown: await client.webhookEndpoints.get(id),
    listed: await client.webhookEndpoints.list({ status: "disabled", limit: 5, offset: 0 }),
    deleted: await client.webhookEndpoints.delete(id),
    gone: await refusal(() => client.webhookEndpoints.get(id)),
  };
});
