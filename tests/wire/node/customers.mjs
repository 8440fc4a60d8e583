import { connect, report } from "./connect.mjs";

const address = {
  city: "Bangkok",
  country: "TH",
  line1: "1 Sukhumvit Road",
  line2: "Floor 2",
  postal_code: "10110",
  state: "Bangkok",
};

await report(async () => {
  const stripe = connect();
  const created = await stripe.customers.create({
    address,
    balance: -250,
    business_name: "Rosen Trading",
    cash_balance: { settings: { reconciliation_mode: "manual" } },
    description: "A customer with everything",
    email: "jenny.rosen@example.com",
    individual_name: "Jenny Rosen",
    invoice_prefix: "ROSEN1",
    invoice_settings: {
      custom_fields: [{ name: "PO", value: "4711" }],
      footer: "Thank you",
      rendering_options: { amount_tax_display: "exclude_tax" },
    },
    metadata: { order_id: "6735", tier: "gold" },
    name: "Jenny Rosen",
    next_invoice_sequence: 7,
    phone: "+1-555-123-4567",
    preferred_locales: ["th", "en-GB"],
    shipping: { address, name: "Jenny R.", phone: "+66 2 000 0000" },
    tax: { ip_address: "203.0.113.7", validate_location: "immediately" },
    tax_exempt: "reverse",
    tax_id_data: [{ type: "eu_vat", value: "DE136695976" }],
    expand: ["tax", "tax_ids", "cash_balance"],
  });
  const retrieved = await stripe.customers.retrieve(created.id);
  const updated = await stripe.customers.update(created.id, {
    name: "Jenny Lee",
    metadata: { tier: "", since: "2026" },
    shipping: "",
  });
  const listed = await stripe.customers.list({ email: "jenny.rosen@example.com" });
  const created_at = { gte: created.created, lt: created.created + 1 };
  const inRange = await stripe.customers.list({ created: created_at, limit: 1 });
  const found = await stripe.customers.search({ query: 'metadata["order_id"]:"6735"' });
  const deleted = await stripe.customers.del(created.id);
  const stub = await stripe.customers.retrieve(created.id);
  const after = await stripe.customers.list();
  return {
    created,
    retrieved,
    updated,
    listed: listed.data.map((customer) => customer.id),
    inRange: inRange.data.map((customer) => customer.id),
    found: found.data.map((customer) => customer.id),
    deleted,
    stub,
    after: after.data,
    lastResponse: {
      hasRequestId: /^req_/.test(retrieved.lastResponse.requestId),
      apiVersion: retrieved.lastResponse.apiVersion,
      statusCode: retrieved.lastResponse.statusCode,
    },
  };
});
