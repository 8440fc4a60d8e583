// A portal session, and what the customer's own program does with its token.
import { connect, raw, refusal, report } from "./connect.mjs";

const { CUSTOMER: customer_id, SUBSCRIPTION: subscription, INVOICE: invoice } = process.env;

await report(async () => {
  const client = connect();
  const session = await client.customer.portalSessionsCreate({ customer_id, ttl_minutes: 15 });
  const own = connect({ apiKey: session.data.token });
  const beside = connect({ headers: { Authorization: `Bearer ${session.data.token}` } });
  return {
    session,
    documented: await raw("POST", "/billing-portal/sessions", {
      customerId: customer_id,
      returnUrl: "https://example.com/account",
    }),
    customer: await own.customer.portalCustomerGet(),
    besideTheKey: await beside.customer.portalCustomerGet(),
    subscriptions: await own.customer.portalSubscriptionsList({ limit: 5 }),
    subscription: await own.customer.portalSubscriptionsGet(subscription),
    invoices: await own.customer.portalInvoicesList(),
    invoice: await own.customer.portalInvoicesGet(invoice),
    canceled: await own.customer.portalSubscriptionsCancel(subscription, { reason: "Moved" }),
    withTheKey: await refusal(() => client.customer.portalCustomerGet()),
    withTheToken: await refusal(() => own.customers.list()),
  };
});
