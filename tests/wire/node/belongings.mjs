import { connect, report } from "./connect.mjs";

await report(async () => {
  const stripe = connect();
  const customer = await stripe.customers.create({ email: "jenny@example.com" });
  const id = customer.id;
  const taxId = await stripe.customers.createTaxId(id, { type: "us_ein", value: "12-3456789" });
  const taxIds = await stripe.customers.listTaxIds(id);
  const entry = await stripe.customers.createBalanceTransaction(id, {
    amount: -500,
    currency: "usd",
    metadata: { ticket: "42" },
  });
  const changed = await stripe.customers.updateBalanceTransaction(id, entry.id, {
    description: "Goodwill",
  });
  const entries = await stripe.customers.listBalanceTransactions(id);
  const cash = await stripe.customers.updateCashBalance(id, {
    settings: { reconciliation_mode: "manual" },
  });
  const expanded = await stripe.customers.list({
    expand: ["data.tax_ids", "data.cash_balance", "data.tax"],
  });
  const events = await stripe.events.list({ limit: 100 });
  const event = await stripe.events.retrieve(events.data[0].id);
  const account = await stripe.accounts.retrieveCurrent();
  return {
    id,
    taxId,
    taxIdAgain: await stripe.customers.retrieveTaxId(id, taxId.id),
    taxIds: taxIds.data.map((thing) => thing.id),
    entry,
    changed,
    entryAgain: await stripe.customers.retrieveBalanceTransaction(id, entry.id),
    entries: entries.data.map((thing) => thing.id),
    cash,
    cashAgain: await stripe.customers.retrieveCashBalance(id),
    expanded: expanded.data,
    events: events.data.map((thing) => thing.type),
    event: event.id === events.data[0].id,
    account: account.id,
    deleted: await stripe.customers.deleteTaxId(id, taxId.id),
  };
});
