// What there is to look up, links, and what is not offered.
import { connect, refusal, report } from "./connect.mjs";
import { tokenOf, visa } from "./cards.mjs";

const idsOf = (list) => list.data.map((each) => each.id);

await report(async () => {
  const omise = connect();
  const [dispute] = (await omise.disputes.list()).data;
  const open = idsOf(await omise.disputes.listOpen());
  const answered = await omise.disputes.update(dispute.id, { message: "It was handed over." });
  const email = "jane@example.com";
  const jane = await omise.customers.create({ email, card: await tokenOf(omise, visa) });
  const events = await omise.events.list({ limit: 100 });
  const transactions = await omise.transactions.list();
  const link = await omise.links.create({
    amount: 25000,
    currency: "THB",
    title: "A parcel",
    description: "Two books",
  });
  return {
    jane: jane.id,
    dispute: dispute.id,
    open,
    answered: [answered.status, answered.message],
    pending: idsOf(await omise.disputes.listPending()),
    closed: idsOf(await omise.disputes.listClosed()),
    disputeAgain: (await omise.disputes.retrieve(dispute.id)).id,
    keys: events.data.map((event) => event.key),
    event: (await omise.events.retrieve(events.data[0].id)).id === events.data[0].id,
    transaction: await omise.transactions.retrieve(transactions.data[0].id),
    transactions: transactions.data.map((each) => each.direction),
    balance: await omise.balance.retrieve(),
    capability: await omise.capability.retrieve(),
    found: idsOf(await omise.search.list({ scope: "customer", query: email })),
    link,
    linkAgain: await omise.links.retrieve(link.id),
    links: idsOf(await omise.links.list()),
    notOffered: [
      await refusal(() => omise.transfers.create({ amount: 100000 })),
      await refusal(() => omise.transfers.list()),
      await refusal(() => omise.recipients.create({ name: "Jane", type: "individual" })),
      await refusal(() => omise.recipients.schedules("recp_test_1")),
    ],
  };
});
