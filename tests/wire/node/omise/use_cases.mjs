// The documentation's use cases: subscriptions, one-click checkout, several cards, a customer's life.
import { connect, report } from "./connect.mjs";
import { mastercard, tokenOf, visa } from "./cards.mjs";
import {
  CardManager,
  CheckoutService,
  CustomerLifecycleManager,
  SubscriptionService,
} from "./services.mjs";

const messageOf = (promise) => promise.then(() => null, (error) => error.message);

await report(async () => {
  const omise = connect();
  const subscriptions = new SubscriptionService(omise);
  const card = await tokenOf(omise, visa);
  const { customer, charge } = await subscriptions.createSubscription("a@example.com", "basic", card);
  const monthly = await subscriptions.charge(customer.id, "basic", "Monthly payment");

  const checkout = new CheckoutService(omise);
  const known = await omise.customers.create({
    card: await tokenOf(omise, visa),
    metadata: { user_id: "12345" },
  });
  await omise.customers.create({ metadata: { user_id: "17" } });
  const clicked = await checkout.processCheckout(12345, 25000);

  const cards = new CardManager(omise);
  const first = known.default_card;
  const second = await cards.addCard(known.id, await tokenOf(omise, mastercard), true);
  const afterAdding = await omise.customers.retrieve(known.id);
  await cards.removeCard(known.id, second.id);
  const afterRemoving = await omise.customers.retrieve(known.id);

  const life = new CustomerLifecycleManager(omise);
  const upgrade = await life.upgradeSubscription(customer.id, "enterprise");
  const cancelled = await life.cancelSubscription(customer.id);
  const back = await life.reactivateSubscription(customer.id, "premium");
  const afterwards = await omise.customers.retrieve(customer.id);
  await omise.customers.destroyCard(customer.id, customer.default_card);
  return {
    customer,
    charges: [charge, monthly, upgrade.charge, back].map((each) => [each.status, each.amount]),
    clicked: [clicked.status, clicked.customer === known.id],
    notClicked: [await checkout.processCheckout(17, 100), await checkout.processCheckout(9, 100)],
    defaults: [afterAdding.default_card === second.id, afterRemoving.default_card === first],
    lastCard: await messageOf(cards.removeCard(known.id, first)),
    upgraded: [upgrade.customer.description, upgrade.customer.metadata.plan],
    cancelled: cancelled.metadata.status,
    back: afterwards.metadata,
    withoutCard: await messageOf(life.reactivateSubscription(customer.id, "basic")),
  };
});
