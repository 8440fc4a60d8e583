import { connect, refusal, report } from "./connect.mjs";

const card = { number: "4242424242424242", exp_month: 8, exp_year: 2030, cvc: "314" };
const money = { amount: 2000, currency: "usd" };
const account = {
  type: "us_bank_account",
  us_bank_account: {
    routing_number: "110000000",
    account_number: "000123456789",
    account_holder_type: "individual",
  },
  billing_details: { name: "Jenny Rosen" },
};
const mandate_data = {
  customer_acceptance: {
    type: "online",
    online: { ip_address: "203.0.113.7", user_agent: "Firefox" },
  },
};

await report(async () => {
  const stripe = connect();
  const customer = (await stripe.customers.create({ email: "jenny@example.com" })).id;
  const token = await stripe.tokens.create({ card });
  const source = await stripe.customers.createSource(customer, { source: token.id });
  const method = await stripe.paymentMethods.attach("pm_card_mastercard", { customer });
  const updated = await stripe.paymentMethods.update(method.id, { metadata: { order: "1" } });
  const setup = await stripe.setupIntents.create({
    customer,
    payment_method_types: ["us_bank_account"],
    payment_method_data: account,
    mandate_data,
    confirm: true,
  });
  const verified = await stripe.setupIntents.verifyMicrodeposits(setup.id, { amounts: [32, 45] });
  const sources = [];
  for await (const each of stripe.customers.listSources(customer, { limit: 1 })) {
    sources.push(each.id);
  }
  const methods = [];
  for await (const each of stripe.customers.listPaymentMethods(customer, { limit: 1 })) {
    methods.push(each.id);
  }
  const chosen = await stripe.customers.update(customer, {
    invoice_settings: { default_payment_method: method.id },
    expand: ["invoice_settings.default_payment_method"],
  });
  const detached = await stripe.paymentMethods.detach(method.id);
  const removed = await stripe.customers.deleteSource(customer, source.id);
  const after = await stripe.customers.retrieve(customer);
  const intent = await stripe.paymentIntents.create({ ...money, customer });
  const page = connect({}, process.env.PUBLISHABLE_KEY);
  const paid = await page.paymentIntents.confirm(intent.id, {
    client_secret: intent.client_secret,
    payment_method_data: { type: "card", card },
  });
  const debit = await stripe.paymentIntents.create({
    ...money,
    customer: (await stripe.customers.create({ email: "pat@example.com" })).id,
    payment_method_types: ["us_bank_account"],
    payment_method_data: account,
    mandate_data,
    confirm: true,
  });
  const debited = await stripe.paymentIntents.verifyMicrodeposits(debit.id, { amounts: [32, 45] });
  return {
    tokenCard: token.card.id,
    source,
    method: updated,
    setup,
    verified,
    mandate: await stripe.mandates.retrieve(verified.mandate),
    sources,
    methods,
    chosen: chosen.invoice_settings.default_payment_method.id,
    detached: detached.customer,
    removed: removed.deleted,
    after: after.invoice_settings.default_payment_method,
    paid,
    debits: [debit.next_action.type, debited.status],
    hidden: await refusal(() => page.customers.retrieve(customer)),
  };
});
