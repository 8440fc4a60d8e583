import { connect, refusal, report } from "./connect.mjs";

await report(async () => {
  const omise = connect();
  return {
    account: await omise.account.retrieve(),
    again: await omise.account.updateAccount({}),
    webhook: await refusal(() =>
      omise.account.updateAccount({ webhook_uri: "https://example.com/hook" }),
    ),
    stranger: await refusal(() => connect("skey_test_unknown").account.retrieve()),
  };
});
