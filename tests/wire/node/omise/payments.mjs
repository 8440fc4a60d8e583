// Charges, refunds and schedules: every method that the library has for them.
import { connect, refusal, report } from "./connect.mjs";
import { insufficientFund, mastercard, threeDSecure, tokenOf, visa } from "./cards.mjs";

const money = { amount: 100000, currency: "THB" }; // 1,000.00 THB
const return_uri = "https://example.com/payment/complete";

await report(async () => {
  const omise = connect();
  const { id: customer } = await omise.customers.create({ card: await tokenOf(omise, visa) });
  const withTwo = await omise.customers.update(customer, { card: await tokenOf(omise, mastercard) });
  const other = withTwo.cards.data.find((card) => card.id !== withTwo.default_card).id;
  const description = "Monthly subscription - January 2024";
  const ofDefault = await omise.charges.create({ customer, ...money, description });
  const ofOther = await omise.charges.create({ customer, card: other, ...money });

  const card = await tokenOf(omise, threeDSecure);
  const careful = await omise.customers.create({ card });
  const metadata = { subscription_id: "sub_123", billing_cycle: "January 2024" };
  const asked = { customer: careful.id, ...money, return_uri, metadata };
  const waiting = await omise.charges.create(asked);
  const expired = await omise.charges.expire(waiting.id);

  const poor = await omise.customers.create({ card: await tokenOf(omise, insufficientFund) });
  const declined = await omise.charges.create({ customer: poor.id, ...money });

  const held = await omise.charges.create({ customer, ...money, capture: false });
  const captured = await omise.charges.capture(held.id, { capture_amount: 60000 });
  const second = await omise.charges.create({ customer, ...money, capture: false });
  const reversed = await omise.charges.reverse(second.id);

  const refund = await omise.charges.createRefund(ofDefault.id, { amount: 30000 });
  const refunds = await omise.charges.listRefunds(ofDefault.id);
  const updated = await omise.charges.update(ofDefault.id, { metadata: { order: 17 } });
  const day = 24 * 60 * 60 * 1000;
  const inDays = (days) => new Date(Date.now() + days * day).toISOString().slice(0, 10);
  const schedule = await omise.schedules.create({
    every: 2,
    period: "week",
    on: { weekdays: ["monday", "friday"] },
    start_date: inDays(1),
    end_date: inDays(90),
    charge: { customer, amount: 59900, currency: "THB" },
  });
  const source = { type: "promptpay", amount: 100000, currency: "THB" };
  return {
    customer,
    cards: { default: withTwo.default_card, other },
    ofDefault,
    ofOther,
    waiting,
    expired: expired.status,
    declined,
    captured: [captured.status, captured.captured_amount],
    reversed: reversed.status,
    refund,
    refunds: refunds.data.map((each) => each.id),
    refundAgain: await omise.charges.retrieveRefund(ofDefault.id, refund.id),
    updated,
    retrieved: await omise.charges.retrieve(ofDefault.id),
    listed: (await omise.charges.list({ limit: 2, order: "chronological" })).data.map((c) => c.id),
    schedule,
    scheduleAgain: await omise.schedules.retrieve(schedule.id),
    ofCustomer: (await omise.customers.schedules(customer)).data.map((each) => each.id),
    ofCharges: (await omise.charges.schedules()).data.map((each) => each.id),
    destroyed: (await omise.schedules.destroy(schedule.id)).status,
    account: await refusal(() => omise.sources.retrieve(process.env.SOURCE)),
    source: await refusal(() => omise.sources.create(source)),
    tooMuch: await refusal(() => omise.charges.createRefund(ofDefault.id, { amount: 70001 })),
  };
});
