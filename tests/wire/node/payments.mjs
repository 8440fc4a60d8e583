import { connect, refusal, report } from "./connect.mjs";

const card = { number: "4242424242424242", exp_month: 8, exp_year: 2030, cvc: "314" };
const money = { amount: 2000, currency: "usd" };

await report(async () => {
  const stripe = connect();
  const customer = await stripe.customers.create({ email: "jenny@example.com" });
  const method = await stripe.paymentMethods.create({ type: "card", card });
  await stripe.paymentMethods.attach(method.id, { customer: customer.id });
  const once = { idempotencyKey: "order-1" };
  const charge = await stripe.charges.create({ ...money, customer: customer.id }, once);
  const again = await stripe.charges.create({ ...money, customer: customer.id }, once);
  const refund = await stripe.refunds.create({ charge: charge.id, amount: 500 });
  const held = await stripe.charges.create({ ...money, source: "tok_visa", capture: false });
  const captured = await stripe.charges.capture(held.id, { amount: 1500 });
  const intent = await stripe.paymentIntents.create({
    ...money,
    customer: customer.id,
    capture_method: "manual",
    automatic_payment_methods: { enabled: true, allow_redirects: "never" },
  });
  const confirmed = await stripe.paymentIntents.confirm(intent.id, {
    payment_method: method.id,
    expand: ["latest_charge"],
  });
  const paid = await stripe.paymentIntents.capture(intent.id);
  const waiting = await stripe.paymentIntents.create({
    ...money,
    confirm: true,
    payment_method: "pm_card_threeDSecure2Required",
    return_url: "https://shop.example.com/thanks",
  });
  const canceled = await stripe.paymentIntents.cancel(waiting.id);
  const declined = await refusal(() =>
    stripe.paymentIntents.create({
      ...money,
      confirm: true,
      payment_method: "pm_card_visa_chargeDeclinedInsufficientFunds",
    }),
  );
  const charges = [];
  for await (const each of stripe.charges.list({ customer: customer.id, limit: 1 })) {
    charges.push(each.id);
  }
  const found = await stripe.charges.search({ query: `customer:"${customer.id}" AND amount:2000` });
  const payments = await stripe.paymentIntents.search({ query: 'status:"succeeded"' });
  const ledger = await stripe.balanceTransactions.list({ expand: ["data.source"] });
  return {
    customer: customer.id,
    method: method.id,
    charge,
    again: again.id,
    refund,
    captured,
    confirmed,
    paid,
    waiting,
    canceled,
    declined,
    charges,
    found: found.data.map((each) => each.id),
    payments: payments.data.map((each) => each.id),
    ledger: ledger.data.map((each) => [each.type, each.amount, each.source.object]),
    balance: await stripe.balance.retrieve(),
    disputes: (await stripe.disputes.list()).data,
    tooMuch: await refusal(() => stripe.refunds.create({ charge: charge.id, amount: 1501 })),
  };
});
