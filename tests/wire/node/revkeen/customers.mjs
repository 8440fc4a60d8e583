// Customers, with the library's bodies and with those of the documentation.
import { connect, raw, refusal, report } from "./connect.mjs";

await report(async () => {
  const client = connect();
  const flat = await client.customers.create({
    email: "john@example.com",
    name: "John Smith",
    companyName: "Smith Paper",
    addressLine1: "123 Main St",
    city: "San Francisco",
    postalCode: "94102",
    country: "US",
    metadata: { tier: "enterprise", seats: 12 },
  });
  const documented = await client.customers.create({
    email: "jane@example.com",
    phone: "+1-555-123-4567",
    currency: "USD",
    address: { line1: "9 Side St", city: "Oakland", postalCode: "94607", country: "US" },
    taxId: "US123456789",
  });
  const id = flat.data.id;
  const updated = await client.customers.update(id, {
    name: "John Lee",
    city: "Oakland",
    metadata: { plan: "pro", tier: null },
  });
  const pages = [];
  for (let page = 1; ; page += 1) {
    const found = await client.customers.list({ limit: 1, page });
    pages.push(found.data.map((customer) => customer.email));
    if (found.data.length < 1) {
      break;
    }
  }
  const twice = await refusal(() => client.customers.create({ email: "John@example.com" }));
  const nameless = await refusal(() => client.customers.create({ name: "Nobody" }));
  const deleted = await raw("DELETE", `/customers/${documented.data.id}`);
  return {
    flat,
    documented,
    updated,
    again: await client.customers.get(id),
    listed: await client.customers.list({ limit: 10, offset: 0, search: "LEE" }),
    byEmail: await client.customers.list({ email: "john@example.com" }),
    pages,
    twice,
    nameless,
    deleted,
    gone: await refusal(() => client.customers.get(documented.data.id)),
    stranger: await refusal(() => connect({ apiKey: "rk_sandbox_unknown" }).customers.list()),
  };
});
