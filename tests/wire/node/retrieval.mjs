import { connect, report } from "./connect.mjs";

await report(() => connect().paymentIntents.retrieve(process.env.INTENT));
