import { connect, refusal, report } from "./connect.mjs";

const MONDAY = 1799055000;

/** An open invoice of a customer whose cash balance is applied by hand, with money in it. */
async function openInvoice(stripe) {
  const { id: customer } = await stripe.customers.create({
    cash_balance: { settings: { reconciliation_mode: "manual" } },
  });
  await stripe.invoiceItems.create({ customer, amount: 2000, currency: "usd" });
  const draft = await stripe.invoices.create({
    customer,
    auto_advance: false,
    pending_invoice_items_behavior: "include",
  });
  await stripe.testHelpers.customers.fundCashBalance(customer, { amount: 2000, currency: "usd" });
  return stripe.invoices.finalizeInvoice(draft.id, { expand: ["confirmation_secret"] });
}

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
  const where = await stripe.customers.createFundingInstructions(customer.id, {
    bank_transfer: { type: "eu_bank_transfer", eu_bank_transfer: { country: "NL" } },
    currency: "eur",
    funding_type: "bank_transfer",
  });
  const invoice = await openInvoice(stripe);
  const [intent] = invoice.confirmation_secret.client_secret.split("_secret_");
  const applied = await stripe.paymentIntents.applyCustomerBalance(intent);
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
    where,
    applied: applied.status,
    paid: (await stripe.invoices.retrieve(invoice.id)).status,
    deleted: await testClocks.del(clock.id),
  };
});
