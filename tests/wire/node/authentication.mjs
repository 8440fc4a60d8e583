import { connect, report } from "./connect.mjs";

await report(() =>
  connect().paymentIntents.create({
    amount: 2000,
    currency: "usd",
    confirm: true,
    payment_method: "pm_card_threeDSecure2Required",
    return_url: process.env.SHOP,
  }),
);
