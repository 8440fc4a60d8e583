// The documentation's good practices: checked emails, no duplicates, errors told apart.
import { connect, report } from "./connect.mjs";
import { failedProcessing, insufficientFund, tokenOf, visa } from "./cards.mjs";

const omise = connect();

async function findCustomerByEmail(email) {
  const { data } = await omise.customers.list({ limit: 100 });
  return data.find((customer) => customer.email === email);
}

async function createCustomerSafely(email, details) {
  if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) {
    throw new Error("Invalid email address");
  }
  return (await findCustomerByEmail(email)) ?? omise.customers.create({ email, ...details });
}

async function chargeCustomerSafely(customer, amount, currency) {
  const told = {
    not_found: "Customer not found",
    insufficient_funds: "Insufficient funds",
    insufficient_fund: "Insufficient funds", // what Omise's failures call it
    failed_processing: "Payment processing failed",
  };
  try {
    const { default_card } = await omise.customers.retrieve(customer);
    if (!default_card) {
      throw new Error("No payment method available");
    }
    const charge = await omise.charges.create({ customer, amount, currency });
    const error = told[charge.failure_code];
    return error ? { success: false, error } : { success: charge.paid };
  } catch (error) {
    if (error.code in told) {
      return { success: false, error: told[error.code] };
    }
    throw error;
  }
}

async function safeRetrieveCustomer(id) {
  try {
    return await omise.customers.retrieve(id);
  } catch (error) {
    if (error.code === "not_found") {
      return null;
    }
    throw error;
  }
}

// A user is known by the shop's own id, which is in the metadata.
async function chargeUser(userId, amount, currency) {
  const { data } = await omise.customers.list({ limit: 100 });
  const customer = data.find((each) => each.metadata?.user_id === userId.toString());
  if (!customer) {
    throw new Error("Customer not found");
  }
  return omise.charges.create({ customer: customer.id, amount, currency });
}

const messageOf = (promise) => promise.then(() => null, (error) => error.message);
const customerWith = async (card) => (await omise.customers.create({ card: await tokenOf(omise, card) })).id;

await report(async () => {
  const metadata = {
    user_id: "12345",
    tier: "premium",
    subscribed_at: new Date().toISOString(),
    status: "active",
    marketing_consent: "true",
    referral_code: "FRIEND20",
  };
  const details = { description: "John", card: await tokenOf(omise, visa), metadata };
  const john = await createCustomerSafely("john@example.com", details);
  const again = await createCustomerSafely("john@example.com", {});
  const nobody = await omise.customers.create({});
  return {
    same: john.id === again.id,
    metadata: [metadata, (await safeRetrieveCustomer(john.id)).metadata],
    charged: (await chargeUser(12345, 25000, "THB")).customer === john.id,
    stranger: await messageOf(chargeUser(99, 25000, "THB")),
    invalid: await messageOf(createCustomerSafely("nobody", {})),
    refused: await messageOf(omise.customers.create({ email: "nobody" })),
    paid: await chargeCustomerSafely(john.id, 25000, "THB"),
    absent: await chargeCustomerSafely("cust_test_absent", 25000, "THB"),
    poor: await chargeCustomerSafely(await customerWith(insufficientFund), 25000, "THB"),
    broken: await chargeCustomerSafely(await customerWith(failedProcessing), 25000, "THB"),
    without: await messageOf(chargeCustomerSafely(nobody.id, 25000, "THB")),
    other: await messageOf(chargeCustomerSafely(john.id, -1, "THB")),
    found: (await safeRetrieveCustomer(john.id)).id === john.id,
    gone: await safeRetrieveCustomer("cust_test_absent"),
  };
});
