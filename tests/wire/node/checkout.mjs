import { connect, refusal, report } from "./connect.mjs";

const lamp = {
  price_data: { currency: "usd", unit_amount: 1500, product_data: { name: "Lamp" } },
  quantity: 2,
};

await report(async () => {
  const stripe = connect();
  const sessions = stripe.checkout.sessions;
  const session = await sessions.create({
    mode: "payment",
    line_items: [lamp],
    success_url: "https://shop.example.com/thanks?session={CHECKOUT_SESSION_ID}",
    customer_email: "jenny@example.com",
    shipping_address_collection: { allowed_countries: ["US", "TH"] },
    custom_fields: [{ key: "size", label: { type: "custom", custom: "Size" }, type: "text" }],
  });
  const changed = await sessions.update(session.id, { metadata: { tier: "gold" } });
  const whole = await sessions.retrieve(session.id, { expand: ["line_items"] });
  const items = await sessions.listLineItems(session.id);
  const listed = await sessions.list({ customer_details: { email: "jenny@example.com" } });
  const expired = await sessions.expire(session.id);
  const again = await refusal(() => sessions.expire(session.id));

  const link = await stripe.paymentLinks.create({ line_items: [lamp] });
  const off = await stripe.paymentLinks.update(link.id, { active: false });
  const found = await stripe.paymentLinks.retrieve(link.id, { expand: ["line_items"] });
  const offered = await stripe.paymentLinks.listLineItems(link.id);
  const links = await stripe.paymentLinks.list({ active: false });
  return {
    session,
    changed,
    whole,
    items: items.data,
    listed: listed.data.map((each) => each.id),
    expired,
    again,
    link,
    off,
    found,
    offered: offered.data,
    links: links.data.map((each) => each.id),
  };
});
