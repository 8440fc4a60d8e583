import { connect, refusal, report } from "./connect.mjs";

await report(async () => {
  const stripe = connect();
  const { invoiceItems, invoicePayments, invoices } = stripe;
  const jenny = await stripe.customers.create({ email: "jenny@example.com", source: "tok_visa" });
  const customer = jenny.id;
  const item = (amount, description, more) =>
    invoiceItems.create({ customer, amount, currency: "usd", description, ...more });
  const billed = (invoice) => invoice.lines.data.map((line) => [line.description, line.amount]);

  const paper = await item(1500, "Paper");
  const ink = await item(400, "Ink");
  const spare = await item(999, "Spare");
  const pending = await invoiceItems.list({ customer, pending: true });
  const changedItem = await invoiceItems.update(ink.id, { amount: 500 });
  const gone = await invoiceItems.del(spare.id);
  const draft = await invoices.create({ customer, pending_invoice_items_behavior: "include" });
  const itemAgain = await invoiceItems.retrieve(ink.id);

  const added = await invoices.addLines(draft.id, { lines: [{ amount: 300, description: "Glue" }] });
  const glue = added.lines.data.at(-1).id;
  const corrected = await invoices.updateLines(draft.id, { lines: [{ id: glue, amount: 350 }] });
  const line = await invoices.updateLineItem(draft.id, glue, { description: "Stronger glue" });
  const lines = await invoices.listLineItems(draft.id);
  const reduced = await invoices.removeLines(draft.id, { lines: [{ id: glue, behavior: "delete" }] });
  const changed = await invoices.update(draft.id, { footer: "Thank you", metadata: { order: "6735" } });
  const found = await invoices.search({ query: "metadata['order']:'6735'" });

  await invoices.finalizeInvoice(draft.id);
  const late = await refusal(() => invoices.addLines(draft.id, { lines: [{ amount: 1 }] }));
  const paid = await invoices.pay(draft.id);
  const payments = await invoicePayments.list({ invoice: draft.id });
  const payment = await invoicePayments.retrieve(payments.data[0].id, {
    expand: ["payment.payment_intent"],
  });

  const terms = { customer, collection_method: "send_invoice", days_until_due: 7 };
  const sent = await invoices.create({ ...terms, currency: "usd" });
  await item(900, "Stamps", { invoice: sent.id });
  const delivered = await invoices.sendInvoice(sent.id);
  const givenUp = await invoices.markUncollectible(sent.id);
  const voided = await invoices.voidInvoice(sent.id);
  const unwanted = await invoices.create({ customer });
  const deleted = await invoices.del(unwanted.id);
  const listed = await invoices.list({ customer });

  const { shippingRates } = stripe;
  const fixed_amount = { amount: 700, currency: "usd" };
  const rate = await shippingRates.create({ display_name: "Ground", fixed_amount });
  const shipped = await invoices.create({
    customer,
    currency: "usd",
    shipping_cost: { shipping_rate: rate.id },
  });
  await invoices.finalizeInvoice(shipped.id);
  const apart = await stripe.paymentIntents.create({
    customer,
    amount: 700,
    currency: "usd",
    payment_method: jenny.default_source,
    confirm: true,
    automatic_payment_methods: { enabled: true, allow_redirects: "never" },
  });
  const attached = await invoices.attachPayment(shipped.id, { payment_intent: apart.id });
  const archived = await shippingRates.update(rate.id, { active: false });
  const rateAgain = await shippingRates.retrieve(rate.id);
  const rates = await shippingRates.list({ active: true });
  return {
    attached: [attached.status, attached.amount_paid],
    rate: [archived.active, rateAgain.active, rates.data.length],
    ids: { paper: paper.id, ink: ink.id, spare: spare.id, draft: draft.id, sent: sent.id },
    pending: pending.data.map((thing) => thing.id),
    changedItem,
    itemAgain,
    gone,
    billed: billed(draft),
    totals: [draft, added, corrected, reduced, changed].map((invoice) => invoice.total),
    line,
    lines: lines.data.map((thing) => [thing.description, thing.amount]),
    changed,
    found: found.data,
    late,
    paid: paid.status,
    again: await invoices.retrieve(draft.id),
    payments: payments.data.map((thing) => [thing.invoice, thing.status, thing.amount_paid]),
    payment: payment.payment.payment_intent.status,
    ends: [delivered, givenUp, voided].map((invoice) => invoice.status),
    amountDue: delivered.amount_due,
    deleted: { asked: unwanted.id, ...deleted },
    listed: listed.data.map((thing) => thing.id),
  };
});
