// What the typed methods do not reach: PUT and PATCH, single metadata keys, commas in `expand`.
import { connect, refusal, report } from "./connect.mjs";

await report(async () => {
  const stripe = connect();
  const { id } = await stripe.rawRequest("POST", "/v1/customers", {
    first_name: "Jenny",
    last_name: "Rosen",
    mail_marketing: true,
    metadata: { kept: "1", gone: "2" },
    match: { on: "metadata[kept]" },
  });
  const path = `/v1/customers/${id}`;
  const put = await stripe.rawRequest("PUT", `${path}?language=fr`);
  const patched = await stripe.rawRequest("PATCH", `${path}?timezone=Asia/Bangkok`);
  const without = await stripe.rawRequest("DELETE", `${path}/metadata/gone`);
  const expanded = await stripe.rawRequest("GET", `${path}?expand=addresses,subscriptions`);
  const matched = await stripe.rawRequest("POST", "/v1/customers", {
    metadata: { kept: "1" },
    match: { on: "metadata[kept]" },
  });
  return {
    id,
    put,
    patched,
    without,
    expanded,
    matched: matched.id,
    absent: await refusal(() => stripe.rawRequest("DELETE", `${path}/metadata/gone`)),
  };
});
