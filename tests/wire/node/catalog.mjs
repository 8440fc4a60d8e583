import { connect, refusal, report } from "./connect.mjs";

await report(async () => {
  const stripe = connect();
  const product = await stripe.products.create({
    id: "gold",
    name: "Gold",
    metadata: { tier: "gold" },
    default_price_data: { currency: "usd", unit_amount: 1500, recurring: { interval: "month" } },
    expand: ["default_price"],
  });
  const changed = await stripe.products.update("gold", { description: "Every exhibition" });
  const found = await stripe.products.retrieve("gold");
  const products = await stripe.products.list({ ids: ["gold"], active: true });
  const searched = await stripe.products.search({ query: 'name~"gol" AND metadata["tier"]:"gold"' });
  const kept = await refusal(() => stripe.products.del("gold"));

  const price = await stripe.prices.create({
    product: "gold",
    currency: "usd",
    unit_amount_decimal: "12.5",
    lookup_key: "gold",
    currency_options: { eur: { unit_amount: 11 } },
  });
  const archived = await stripe.prices.update(price.id, { active: false });
  const whole = await stripe.prices.retrieve(price.id, { expand: ["currency_options", "product"] });
  const prices = [];
  for await (const each of stripe.prices.list({ product: "gold", limit: 1 })) {
    prices.push(each.id);
  }
  const byKey = await stripe.prices.search({ query: 'lookup_key:"gold"' });

  const plan = await stripe.plans.create({
    id: "tiered",
    currency: "usd",
    interval: "year",
    billing_scheme: "tiered",
    tiers_mode: "volume",
    tiers: [
      { up_to: 10, flat_amount: 100 },
      { up_to: "inf", unit_amount: 9 },
    ],
    product: { id: "silver", name: "Silver" },
    expand: ["tiers"],
  });
  const renamed = await stripe.plans.update("tiered", { nickname: "Volume" });
  const planFound = await stripe.plans.retrieve("tiered");
  const plans = await stripe.plans.list({ product: "silver" });
  const gone = [await stripe.plans.del("tiered"), await stripe.products.del("silver")];

  const rate = await stripe.taxRates.create({ display_name: "VAT", percentage: 7.25, inclusive: false });
  const old = await stripe.taxRates.update(rate.id, { active: false });
  const rateFound = await stripe.taxRates.retrieve(rate.id);
  const rates = await stripe.taxRates.list({ active: false });
  return {
    product,
    changed,
    found,
    products: products.data.map((each) => each.id),
    searched: searched.data.map((each) => each.id),
    kept,
    price,
    archived,
    whole,
    prices,
    byKey: byKey.data.map((each) => each.id),
    plan,
    renamed,
    planFound,
    plans: plans.data.map((each) => each.id),
    gone,
    rate,
    old,
    rateFound,
    rates: rates.data.map((each) => each.id),
  };
});
