import { connect, refusal, report } from "./connect.mjs";

await report(async () => {
  const stripe = connect();
  const { creditNotes } = stripe;
  const customer = await stripe.customers.create({ name: "Jenny Rosen", source: "tok_visa" });
  const draft = await stripe.invoices.create({ customer: customer.id, currency: "usd" });
  await stripe.invoiceItems.create({
    customer: customer.id,
    invoice: draft.id,
    amount: 2000,
    currency: "usd",
  });
  const invoice = await stripe.invoices.finalizeInvoice(draft.id);
  const asked = {
    invoice: invoice.id,
    lines: [
      {
        type: "invoice_line_item",
        invoice_line_item: invoice.lines.data[0].id,
        amount: 500,
      },
      { type: "custom_line_item", description: "Late", unit_amount: 50, quantity: 2 },
    ],
  };
  const preview = await creditNotes.preview(asked);
  const previewed = await creditNotes.listPreviewLineItems(asked);
  const note = await creditNotes.create({ ...asked, memo: "Sorry" });
  const lines = await creditNotes.listLineItems(note.id);
  const listed = await creditNotes.list({ invoice: invoice.id });
  const updated = await creditNotes.update(note.id, { memo: "Very sorry" });
  const again = await creditNotes.retrieve(note.id);
  const voided = await creditNotes.voidCreditNote(note.id);
  await stripe.invoices.pay(invoice.id);
  const refunded = await creditNotes.create({
    invoice: invoice.id,
    amount: 700,
    refund_amount: 700,
    expand: ["refunds.refund"],
  });
  return {
    number: invoice.number,
    preview,
    previewed: previewed.data.map((line) => line.amount),
    note,
    lines: lines.data,
    listed: listed.data.map((thing) => thing.id),
    updated,
    again,
    voided,
    refunded,
    tooMuch: await refusal(() => creditNotes.create({ invoice: invoice.id, amount: 2000 })),
  };
});
