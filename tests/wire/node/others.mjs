// The methods that the other flows have no use for: single objects by their ids, lists, changes, ends.
import { connect, refusal, report } from "./connect.mjs";

const money = { amount: 2000, currency: "usd" };
const metadata = { order: "1" };
const ids = (list) => list.data.map((each) => each.id);

async function accounts(stripe) {
  const [account] = (await stripe.accounts.list()).data;
  return (await stripe.accounts.retrieve(account.id)).id === account.id;
}

async function payments(stripe, customer) {
  const charge = await stripe.charges.create({ ...money, customer });
  const refund = await stripe.refunds.create({ charge: charge.id, amount: 500 });
  const intent = await stripe.paymentIntents.create({ ...money, customer });
  return {
    charge: charge.id,
    chargeAgain: (await stripe.charges.retrieve(charge.id)).id,
    charged: (await stripe.charges.update(charge.id, { metadata })).metadata,
    transaction: (await stripe.balanceTransactions.retrieve(charge.balance_transaction)).source,
    refund: refund.id,
    refundAgain: (await stripe.refunds.retrieve(refund.id)).id,
    refunds: ids(await stripe.refunds.list({ charge: charge.id })),
    refunded: (await stripe.refunds.update(refund.id, { metadata })).metadata,
    notCanceled: (await refusal(() => stripe.refunds.cancel(refund.id))).status,
    intent: intent.id,
    intentAgain: (await stripe.paymentIntents.retrieve(intent.id)).id,
    changed: (await stripe.paymentIntents.update(intent.id, { amount: 2500 })).amount,
    intents: ids(await stripe.paymentIntents.list({ customer })),
  };
}

async function methods(stripe, customer) {
  const [method] = (await stripe.paymentMethods.list({ customer })).data;
  const token = await stripe.tokens.create({
    bank_account: {
      country: "US",
      currency: "usd",
      routing_number: "110000000",
      account_number: "000123456789",
      account_holder_name: "Jenny Rosen",
      account_holder_type: "individual",
    },
  });
  const { id: account } = await stripe.customers.createSource(customer, { source: token.id });
  const verified = await stripe.customers.verifySource(customer, account, { amounts: [32, 45] });
  const holder = { account_holder_name: "J. Rosen" };
  return {
    method: method.id,
    methodAgain: (await stripe.paymentMethods.retrieve(method.id)).id,
    ofCustomer: (await stripe.customers.retrievePaymentMethod(customer, method.id)).id,
    used: (await stripe.tokens.retrieve(token.id)).used,
    verified: verified.status,
    renamed: (await stripe.customers.updateSource(customer, account, holder)).account_holder_name,
    account,
    accountAgain: (await stripe.customers.retrieveSource(customer, account)).id,
  };
}

async function setups(stripe, customer) {
  const first = await stripe.setupIntents.create({ customer });
  const second = await stripe.setupIntents.create({ customer });
  const payment_method = "pm_card_mastercard";
  return {
    changed: (await stripe.setupIntents.update(first.id, { metadata })).metadata,
    confirmed: (await stripe.setupIntents.confirm(first.id, { payment_method })).status,
    canceled: (await stripe.setupIntents.cancel(second.id)).status,
    again: (await stripe.setupIntents.retrieve(second.id)).status,
    listed: (await stripe.setupIntents.list({ customer })).data.length,
  };
}

async function disputes(stripe) {
  const [first, second] = process.env.DISPUTES.split(" ");
  const evidence = { uncategorized_text: "It was handed over." };
  return {
    open: (await stripe.disputes.retrieve(first)).status,
    answered: (await stripe.disputes.update(first, { evidence })).status,
    closed: (await stripe.disputes.close(second)).status,
  };
}

await report(async () => {
  const stripe = connect();
  const { id } = await stripe.customers.create({ payment_method: "pm_card_visa" });
  return {
    account: await accounts(stripe),
    payments: await payments(stripe, id),
    methods: await methods(stripe, id),
    setups: await setups(stripe, id),
    disputes: await disputes(stripe),
  };
});
