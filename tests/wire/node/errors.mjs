import { connect, refusal, report } from "./connect.mjs";

await report(async () => {
  const stripe = connect();
  const stranger = connect();
  return {
    unknown: await refusal(() => stripe.customers.create({ colour: "red" })),
    missing: await refusal(() => stripe.customers.retrieve("cus_missing")),
    email: await refusal(() => stripe.customers.create({ email: "nobody" })),
    expand: await refusal(() => stripe.customers.list({ expand: ["data.nothing"] })),
    key: await refusal(() =>
      stranger.customers.list({}, { apiKey: `sk_test_${"0".repeat(38)}` }),
    ),
    listed: (await stripe.customers.list()).data,
  };
});
