import { connect, refusal, report } from "./connect.mjs";

await report(async () => {
  const stripe = connect();
  const configuration = await stripe.billingPortal.configurations.create({
    features: { invoice_history: { enabled: true }, customer_update: { enabled: true, allowed_updates: ["email"] } },
  });
  const changed = await stripe.billingPortal.configurations.update(configuration.id, { name: "For members" });
  const found = await stripe.billingPortal.configurations.retrieve(configuration.id);
  const listed = await stripe.billingPortal.configurations.list({ is_default: false });
  const customer = await stripe.customers.create({ email: "jenny@example.com" });
  const session = await stripe.billingPortal.sessions.create({
    customer: customer.id,
    configuration: configuration.id,
    return_url: "https://example.com/account",
  });
  const refused = await refusal(() => stripe.billingPortal.sessions.create({ customer: "cus_unknown" }));
  return { configuration, changed, found, listed: listed.data.map((each) => each.id), customer, session, refused };
});
