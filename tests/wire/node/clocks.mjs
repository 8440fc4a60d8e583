import { connect, refusal, report } from "./connect.mjs";

const MONDAY = 1799055000;

await report(async () => {
  const stripe = connect();
  const { testClocks } = stripe.testHelpers;
  const clock = await testClocks.create({ frozen_time: MONDAY, name: "Renewals" });
  const clocks = await testClocks.list();
  const clockAgain = await testClocks.retrieve(clock.id);
  const customer = await stripe.customers.create({ test_clock: clock.id, expand: ["test_clock"] });
  const back = await refusal(() => testClocks.advance(clock.id, { frozen_time: MONDAY - 1 }));
  const second = await testClocks.create({ frozen_time: MONDAY });
  const advancing = await testClocks.advance(second.id, { frozen_time: MONDAY + 86400 });
  const came = await stripe.testHelpers.customers.fundCashBalance(customer.id, {
    amount: 5000,
    currency: "usd",
    reference: "Invoice 7",
  });
  const entries = await stripe.customers.listCashBalanceTransactions(customer.id);
  const cash = await stripe.customers.retrieveCashBalance(customer.id);
  return {
    clock,
    clocks: clocks.data.map((thing) => thing.id),
    clockAgain,
    customer,
    back,
    advancing,
    came,
    cameAgain: await stripe.customers.retrieveCashBalanceTransaction(customer.id, came.id),
    entries: entries.data.map((thing) => thing.id),
    cash: cash.available,
    deleted: await testClocks.del(clock.id),
  };
});
