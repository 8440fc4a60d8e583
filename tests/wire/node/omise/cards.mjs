// Test cards, and tokens for them, made with the publishable key.
const card = {
  name: "John Doe",
  expiration_month: 12,
  expiration_year: 2030,
  security_code: "123",
  city: "Bangkok",
  postal_code: "10200",
};
export const visa = { ...card, number: "4242424242424242" };
export const mastercard = { ...card, number: "5555555555554444" };
export const insufficientFund = { ...card, number: "4111111111140011" };
export const failedProcessing = { ...card, number: "4111111111120013" };
export const threeDSecure = { ...card, number: "4000002760003184" };

export async function tokenOf(omise, details) {
  return (await omise.tokens.create({ card: details })).id;
}
