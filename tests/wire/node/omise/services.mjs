// The services that Omise's documentation builds on customers.
const plans = { basic: 29900, premium: 59900, enterprise: 99900 }; // satang
const currency = "THB";

export class SubscriptionService {
  constructor(omise) {
    this.omise = omise;
  }

  async createSubscription(email, plan, card) {
    const customer = await this.omise.customers.create({
      email,
      description: `${plan} subscription`,
      card,
      metadata: { plan, subscribed_at: new Date().toISOString() },
    });
    return { customer, charge: await this.charge(customer.id, plan, "First payment") };
  }

  charge(customer, plan, what) {
    const description = `${plan} - ${what}`;
    return this.omise.charges.create({ customer, amount: plans[plan] ?? 0, currency, description });
  }
}

export class CheckoutService {
  constructor(omise) {
    this.omise = omise;
  }

  async processCheckout(userId, amount) {
    const customer = await this.findCustomerByUserId(userId);
    if (!customer?.default_card) {
      return { requiresPaymentInfo: true };
    }
    return this.omise.charges.create({ customer: customer.id, amount, currency });
  }

  async findCustomerByUserId(userId) {
    const { data } = await this.omise.customers.list({ limit: 100 });
    return data.find((customer) => customer.metadata?.user_id === userId.toString());
  }
}

export class CardManager {
  constructor(omise) {
    this.omise = omise;
  }

  async addCard(id, card, setAsDefault = false) {
    await this.omise.customers.update(id, { card });
    const [newCard] = (await this.omise.customers.retrieve(id)).cards.data;
    if (setAsDefault) {
      await this.setDefaultCard(id, newCard.id);
    }
    return newCard;
  }

  async removeCard(id, cardId) {
    const customer = await this.omise.customers.retrieve(id);
    if (customer.cards.total <= 1) {
      throw new Error("Cannot remove the only payment method");
    }
    if (customer.default_card === cardId) {
      const other = customer.cards.data.find((card) => card.id !== cardId);
      await this.setDefaultCard(id, other.id);
    }
    await this.omise.customers.destroyCard(id, cardId);
  }

  setDefaultCard(id, default_card) {
    return this.omise.customers.update(id, { default_card });
  }
}

export class CustomerLifecycleManager {
  constructor(omise) {
    this.omise = omise;
  }

  async change(id, metadata, columns = {}) {
    const customer = await this.omise.customers.retrieve(id);
    const all = { ...customer.metadata, ...metadata };
    return this.omise.customers.update(id, { ...columns, metadata: all });
  }

  async upgradeSubscription(id, plan) {
    const { metadata } = await this.omise.customers.retrieve(id);
    const description = `${plan} subscription`;
    const upgraded_at = new Date().toISOString();
    const customer = await this.change(id, { plan, upgraded_at }, { description });
    const amount = plans[plan] - plans[metadata.plan];
    return { customer, charge: await this.omise.charges.create({ customer: id, amount, currency }) };
  }

  cancelSubscription(id) {
    return this.change(id, { status: "cancelled", cancelled_at: new Date().toISOString() });
  }

  async reactivateSubscription(id, plan) {
    const customer = await this.omise.customers.retrieve(id);
    if (!customer.default_card) {
      throw new Error("No payment method available");
    }
    await this.change(id, { plan, status: "active", reactivated_at: new Date().toISOString() });
    return new SubscriptionService(this.omise).charge(id, plan, "Reactivation payment");
  }
}
