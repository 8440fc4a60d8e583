// The payment methods of a customer who got them elsewhere.
import { connect, report } from "./connect.mjs";

const customer = process.env.CUSTOMER;

await report(async () => {
  const client = connect();
  return {
    customer: await client.customers.get(customer),
    methods: await client.customers.paymentMethodsList(customer),
    events: await client.events.list({ customer_id: customer, limit: 100 }),
  };
});
