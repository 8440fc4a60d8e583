// Customers and their cards, step by step as Omise documents them.
import { connect, refusal, report } from "./connect.mjs";
import { mastercard, tokenOf, visa } from "./cards.mjs";

async function findCustomerByEmail(omise, email) {
  const limit = 100;
  for (let offset = 0; ; offset += limit) {
    const page = await omise.customers.list({ limit, offset });
    const found = page.data.find((customer) => customer.email === email);
    if (found || page.data.length < limit) {
      return found ?? null;
    }
  }
}

await report(async () => {
  const omise = connect();
  const metadata = { user_id: "12345", plan: "premium" };
  const created = await omise.customers.create({
    email: "john@example.com",
    description: "John Doe - Premium Member",
    metadata,
  });
  const token = await tokenOf(omise, visa);
  const paying = await omise.customers.create({ email: "jane@example.com", card: token });
  const secondStep = await omise.customers.update(created.id, {
    card: await tokenOf(omise, visa),
  });
  const retrieved = await omise.customers.retrieve(created.id);
  const newest = await omise.customers.list({
    limit: 1,
    offset: 0,
    order: "reverse_chronological",
  });
  const year = { limit: 100, from: "2024-01-01T00:00:00Z", to: "2024-12-31T23:59:59Z" };
  const ofThatYear = await omise.customers.list(year);
  const sinceThen = await omise.customers.list({ from: "2024-01-01T00:00:00Z" });
  const found = await findCustomerByEmail(omise, "jane@example.com");
  const nobody = await findCustomerByEmail(omise, "nobody@example.com");
  const updated = await omise.customers.update(created.id, {
    email: "newemail@example.com",
    description: "John Doe - Enterprise Member",
    metadata: { ...metadata, plan: "enterprise", seats: 12 },
  });

  const withTwo = await omise.customers.update(created.id, {
    card: await tokenOf(omise, mastercard),
  });
  const [second, first] = withTwo.cards.data.map((card) => card.id);
  await omise.customers.update(created.id, { default_card: second });
  const chosen = await omise.customers.retrieve(created.id);
  const cards = await omise.customers.listCards(created.id, { limit: 5 });
  const card = await omise.customers.retrieveCard(created.id, first);
  const changed = await omise.customers.updateCard(created.id, first, {
    expiration_month: 11,
    name: "J. Doe",
  });
  const removed = await omise.customers.destroyCard(created.id, second);
  const afterwards = await omise.customers.retrieve(created.id);
  const used = await refusal(() => omise.customers.update(created.id, { card: token }));
  const destroyed = await omise.customers.destroy(created.id);
  return {
    created,
    paying,
    secondStep,
    retrieved,
    newest,
    ofThatYear: ofThatYear.data.length,
    sinceThen: sinceThen.data.map((customer) => customer.id),
    found: found.id,
    nobody,
    updated,
    withTwo: withTwo.cards.data.map((each) => each.last_digits),
    ids: { first, second },
    chosen: chosen.default_card,
    cards: cards.data.map((each) => each.id),
    card,
    changed,
    removed,
    left: [afterwards.cards.total, afterwards.default_card],
    used,
    destroyed,
    gone: await refusal(() => omise.customers.retrieve(created.id)),
    token: await omise.tokens.retrieve(token),
  };
});
