from django.db import migrations

from customers.kit.integrity import append_only, same_tenant, without_pattern_indexes

CUSTOMER, METHOD, CHARGE, INTENT = (
    "customers_customer",
    "payments_paymentmethod",
    "payments_charge",
    "payments_paymentintent",
)
ACCOUNT, REFUND = "payments_gatewayaccount", "payments_refund"

# The default method is one of the customer's own, attached ones: two defaults cannot be written down, a foreign one is
# refused, and deleting the method clears it.
DEFAULT_METHOD = migrations.RunSQL(
    f"""
    ALTER TABLE {CUSTOMER} ADD CONSTRAINT customer_default_payment_method_is_its_own
    FOREIGN KEY (id, default_payment_method_id) REFERENCES {METHOD} (customer_id, id)
    ON DELETE SET NULL (default_payment_method_id) DEFERRABLE INITIALLY DEFERRED
    """,
    f"ALTER TABLE {CUSTOMER} DROP CONSTRAINT customer_default_payment_method_is_its_own",
)


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial"), ("customers", "0008_default_payment_method")]

    operations = [
        *(same_tenant(METHOD, column, table) for column, table in (("customer_id", CUSTOMER), ("gateway_account_id", ACCOUNT))),
        same_tenant("payments_token", "gateway_account_id", ACCOUNT),
        same_tenant("payments_mandate", "payment_method_id", METHOD),
        same_tenant(INTENT, "customer_id", CUSTOMER),
        same_tenant(INTENT, "payment_method_id", METHOD),
        same_tenant("payments_setupintent", "customer_id", CUSTOMER),
        same_tenant("payments_setupintent", "payment_method_id", METHOD),
        same_tenant(CHARGE, "customer_id", CUSTOMER),
        same_tenant(CHARGE, "payment_intent_id", INTENT),
        same_tenant(CHARGE, "payment_method_id", METHOD),
        same_tenant(CHARGE, "gateway_account_id", ACCOUNT),
        same_tenant(REFUND, "charge_id", CHARGE),
        same_tenant("payments_dispute", "charge_id", CHARGE),
        same_tenant("payments_operation", "gateway_account_id", ACCOUNT),
        same_tenant("payments_operation", "charge_id", CHARGE),
        same_tenant("payments_operation", "refund_id", REFUND),
        same_tenant("payments_notification", "gateway_account_id", ACCOUNT),
        DEFAULT_METHOD,
        append_only("payments_balancetransaction"),
        without_pattern_indexes(
            METHOD, INTENT, CHARGE, REFUND, ACCOUNT, "payments_token", "payments_mandate", "payments_setupintent",
            "payments_dispute", "payments_operation", "payments_notification", "payments_balancetransaction",
        ),
    ]
