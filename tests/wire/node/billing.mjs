// Two years of subscriptions; while this waits for the clock, the test's worker does what is due.
import { setTimeout as pass } from "node:timers/promises";
import { connect, report } from "./connect.mjs";

const DAY = 86400;
const START = 1801389600; // 2027-01-31, 10:00 UTC
const HALF = 1802599200; // 2027-02-14
const FEBRUARY = 1803808800; // 2027-02-28
const END = 1864548000; // 2029-01-31
const STRIDE = 59 * DAY; // two months at the least, which is as far as a clock moves at once
const DECLINED = "tok_chargeCustomerFail";

await report(async () => {
  const stripe = connect();
  const { testClocks } = stripe.testHelpers;
  const clock = await testClocks.create({ frozen_time: START });
  const product = await stripe.products.create({ name: "Gold" });

  const advance = async (until) => {
    let now = (await testClocks.retrieve(clock.id)).frozen_time;
    while (now < until) {
      now = Math.min(until, now + STRIDE);
      let moved = await testClocks.advance(clock.id, { frozen_time: now });
      while (moved.status === "advancing") {
        await pass(50);
        moved = await testClocks.retrieve(clock.id);
      }
      if (moved.status !== "ready") {
        throw new Error(moved.status);
      }
    }
  };
  const price = async (amount, interval) => {
    const recurring = { interval };
    const terms = { currency: "usd", unit_amount: amount, recurring, product: product.id };
    return (await stripe.prices.create(terms)).id;
  };
  const customer = () =>
    stripe.customers.create({ email: "jenny@example.com", source: "tok_visa", test_clock: clock.id });
  const subscribe = (owner, ...items) =>
    stripe.subscriptions.create({ customer: owner.id, items: items.map((each) => ({ price: each })) });
  const invoices = async (wanted) => {
    const found = [];
    for await (const each of stripe.invoices.list({ ...wanted, limit: 50 })) {
      found.unshift(each);
    }
    return found;
  };
  const shown = ({ status, total, amount_paid, attempt_count, next_payment_attempt, number }) => ({
    status,
    total,
    paid: amount_paid,
    tries: attempt_count,
    next: next_payment_attempt,
    number,
  });
  const lines = (invoice) => invoice.lines.data.map(({ amount, description }) => [amount, description]);

  const month = await price(1000, "month");
  const [loyal, late, lost] = await Promise.all([customer(), customer(), customer()]);
  const monthly = await subscribe(loyal, month);
  const yearly = await subscribe(loyal, await price(9000, "year"));
  const pastDue = await subscribe(late, month);
  const unpaid = await subscribe(lost, month);
  const ended = await subscribe(lost, month);
  await stripe.customers.update(late.id, { source: DECLINED });
  await stripe.customers.update(lost.id, { source: DECLINED });

  await advance(HALF);
  const items = [{ id: monthly.items.data[0].id, price: await price(2000, "month") }];
  const details = { items, proration_date: HALF };
  const foreseen = await stripe.invoices.createPreview({
    subscription: monthly.id,
    subscription_details: details,
  });
  await stripe.subscriptions.update(monthly.id, details);
  const planned = await stripe.subscriptions.update(ended.id, { cancel_at_period_end: true });

  await advance(FEBRUARY + 3600);
  const owed = (await invoices({ subscription: pastDue.id })).at(-1);
  const waiting = await stripe.subscriptions.retrieve(pastDue.id);
  await stripe.customers.update(late.id, { source: "tok_visa" });
  const recovered = (await invoices({ subscription: pastDue.id })).at(-1);
  const active = await stripe.subscriptions.retrieve(pastDue.id);
  await stripe.customers.del(late.id);

  await advance(END + 7200);
  const billed = await invoices({ subscription: monthly.id });
  const left = await Promise.all(
    [monthly, pastDue, unpaid, ended].map((each) => stripe.subscriptions.retrieve(each.id)),
  );
  return {
    prefix: loyal.invoice_prefix,
    monthly: billed.map(shown),
    yearly: (await invoices({ subscription: yearly.id })).map(shown),
    numbers: (await invoices({ customer: loyal.id })).map((each) => each.number).sort(),
    foreseen: lines(foreseen),
    renewed: lines(billed[1]),
    planned: planned.cancel_at,
    owed: shown(owed),
    waiting: waiting.status,
    recovered: shown(recovered),
    active: active.status,
    given: (await invoices({ subscription: unpaid.id })).map(shown),
    left: left.map((each) => [each.status, each.cancellation_details.reason, each.ended_at]),
  };
});
