import { connect, refusal, report } from "./connect.mjs";

await report(async () => {
  const stripe = connect();
  const coupon = await stripe.coupons.create({
    id: "FIVE-OFF",
    amount_off: 500,
    currency: "usd",
    currency_options: { eur: { amount_off: 450 } },
    duration: "repeating",
    duration_in_months: 3,
  });
  const renamed = await stripe.coupons.update("FIVE-OFF", { name: "Five off" });
  const whole = await stripe.coupons.retrieve("FIVE-OFF", { expand: ["applies_to", "currency_options"] });
  const coupons = await stripe.coupons.list();

  const code = await stripe.promotionCodes.create({
    promotion: { type: "coupon", coupon: "FIVE-OFF" },
    code: "Spring",
    restrictions: { minimum_amount: 1000, minimum_amount_currency: "usd" },
  });
  const changed = await stripe.promotionCodes.update(code.id, { metadata: { tier: "gold" } });
  const found = await stripe.promotionCodes.retrieve(code.id, { expand: ["promotion.coupon"] });
  const codes = await stripe.promotionCodes.list({ code: "SPRING", active: true });

  const customer = await stripe.customers.create({
    promotion_code: code.id,
    expand: ["discount.source.coupon", "discount.promotion_code"],
  });
  const gone = await stripe.customers.deleteDiscount(customer.id);
  const bare = await stripe.customers.retrieve(customer.id);
  const deleted = await stripe.coupons.del("FIVE-OFF");
  const late = await refusal(() => stripe.customers.create({ promotion_code: code.id }));
  return {
    coupon,
    renamed,
    whole,
    coupons: coupons.data.map((each) => each.id),
    code,
    changed,
    found,
    codes: codes.data.map((each) => each.id),
    discount: customer.discount,
    gone,
    bare,
    deleted,
    late,
  };
});
