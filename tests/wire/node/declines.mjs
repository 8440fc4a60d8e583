import { connect, report } from "./connect.mjs";

const money = { amount: 2000, currency: "usd" };

await report(async () => {
  const stripe = connect();
  const told = {};
  for (const name of process.env.DECLINES.split(" ")) {
    try {
      await stripe.charges.create({ ...money, source: `tok_${name}` });
    } catch (error) {
      const { type, statusCode, code, decline_code } = error;
      told[name] = [type, statusCode, code, decline_code];
    }
  }
  return told;
});
