// What becomes of subscriptions; while this waits for the clock, the test's worker does what is due.
import { setTimeout as pass } from "node:timers/promises";
import { connect, refusal, report } from "./connect.mjs";

const DAY = 86400;
const START = 1801389600; // 2027-01-31, 10:00 UTC

await report(async () => {
  const stripe = connect();
  const { subscriptionItems, subscriptionSchedules, subscriptions } = stripe;
  const { testClocks } = stripe.testHelpers;
  const clock = await testClocks.create({ frozen_time: START });
  const product = (await stripe.products.create({ name: "Gold" })).id;
  const price = async (unit_amount) => {
    const recurring = { interval: "month" };
    return (await stripe.prices.create({ currency: "usd", unit_amount, recurring, product })).id;
  };
  const month = await price(1000);
  const customer = (await stripe.customers.create({ source: "tok_visa", test_clock: clock.id })).id;
  const subscribe = (more) => subscriptions.create({ customer, items: [{ price: month }], ...more });

  // Items
  const monthly = await subscribe({ metadata: { tier: "gold" } });
  const unbilled = { proration_behavior: "none" };
  const added = await subscriptionItems.create({
    subscription: monthly.id,
    price: await price(300),
    quantity: 2,
    ...unbilled,
  });
  const changed = await subscriptionItems.update(added.id, { quantity: 5, ...unbilled });
  const itemAgain = await subscriptionItems.retrieve(added.id);
  const items = await subscriptionItems.list({ subscription: monthly.id });
  const gone = await subscriptionItems.del(added.id, unbilled);
  const last = await refusal(() => subscriptionItems.del(monthly.items.data[0].id, unbilled));

  // Discounts
  await stripe.coupons.create({ id: "half", percent_off: 50, duration: "forever" });
  const cheap = await subscribe({ discounts: [{ coupon: "half" }], expand: ["latest_invoice"] });
  const discount = await subscriptions.deleteDiscount(cheap.id);
  const bare = await subscriptions.retrieve(cheap.id);

  // Lists
  const canceled = await subscriptions.cancel(cheap.id);
  const living = await subscriptions.list({ customer });
  const over = await subscriptions.list({ customer, status: "canceled" });
  const found = await subscriptions.search({ query: "metadata['tier']:'gold' AND status:'active'" });

  // Schedules
  const phases = [{ items: [{ price: month }], iterations: 2 }];
  const planned = await subscriptionSchedules.create({
    customer,
    start_date: START + 30 * DAY,
    phases,
  });
  const replanned = await subscriptionSchedules.update(planned.id, { end_behavior: "cancel" });
  const scheduled = await subscriptionSchedules.list({ customer, scheduled: true });
  const dropped = await subscriptionSchedules.cancel(planned.id);
  const taken = await subscriptionSchedules.create({ from_subscription: monthly.id });
  const held = await subscriptions.retrieve(monthly.id);
  const released = await subscriptionSchedules.release(taken.id);

  // A trial that ends without a card
  const poor = (await stripe.customers.create({ test_clock: clock.id })).id;
  const trial = await subscribe({
    customer: poor,
    trial_period_days: 7,
    trial_settings: { end_behavior: { missing_payment_method: "pause" } },
  });
  let moved = await testClocks.advance(clock.id, { frozen_time: START + 8 * DAY });
  while (moved.status === "advancing") {
    await pass(50);
    moved = await testClocks.retrieve(clock.id);
  }
  const arrived = moved.status;
  const paused = await subscriptions.retrieve(trial.id);
  const noCard = await refusal(() => subscriptions.resume(trial.id));
  await stripe.customers.update(poor, { source: "tok_visa" });
  const resumed = await subscriptions.resume(trial.id);
  const active = await subscriptions.retrieve(trial.id, { expand: ["latest_invoice"] });
  return {
    ids: {
      monthly: monthly.id,
      first: monthly.items.data[0].id,
      cheap: cheap.id,
      discount: cheap.discounts[0],
    },
    added,
    changed,
    itemAgain,
    items: items.data.map((thing) => thing.id),
    gone: { asked: added.id, ...gone },
    last,
    half: cheap.latest_invoice.total,
    discount,
    bare: bare.discounts,
    canceled: canceled.status,
    living: living.data.map((thing) => thing.id),
    over: over.data.map((thing) => thing.id),
    found: found.data.map((thing) => thing.id),
    planned,
    replanned,
    scheduled: scheduled.data,
    dropped,
    droppedAgain: await subscriptionSchedules.retrieve(planned.id),
    taken: [taken.status, taken.subscription, held.schedule === taken.id],
    released: [released.status, released.released_subscription],
    statuses: [trial.status, paused.status, active.status],
    arrived,
    noCard,
    anchor: resumed.billing_cycle_anchor,
    paid: [active.latest_invoice.status, active.latest_invoice.total],
  };
});
