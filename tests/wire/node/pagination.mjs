import { connect, report } from "./connect.mjs";

async function ids(list) {
  const found = [];
  for await (const customer of list) found.push(customer.id);
  return found;
}

await report(async () => {
  const stripe = connect();
  const oldest = process.env.OLDEST;
  return {
    forwards: await ids(stripe.customers.list({ limit: 100 })),
    backwards: await ids(stripe.customers.list({ limit: 100, ending_before: oldest })),
    searched: await ids(stripe.customers.search({ query: "created>0", limit: 100 })),
    first: (await stripe.customers.list({ limit: 100 }).autoPagingToArray({ limit: 120 })).length,
  };
});
