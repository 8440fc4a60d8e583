from django.db import migrations

from customers.kit.integrity import same_tenant, without_pattern_indexes

SESSION, ITEM, LINK = "portal_checkoutsession", "portal_checkoutitem", "portal_paymentlink"


class Migration(migrations.Migration):
    dependencies = [("portal", "0010_checkouts")]

    operations = [
        same_tenant(SESSION, "customer_id", "customers_customer"),
        same_tenant(SESSION, "shipping_rate_id", "billing_shippingrate"),
        same_tenant(SESSION, "payment_intent_id", "payments_paymentintent"),
        same_tenant(SESSION, "subscription_id", "billing_subscription"),
        same_tenant(SESSION, "invoice_id", "billing_invoice"),
        same_tenant(SESSION, "payment_link_id", LINK),
        same_tenant(ITEM, "session_id", SESSION),
        same_tenant(ITEM, "payment_link_id", LINK),
        same_tenant(ITEM, "price_id", "billing_price"),
        without_pattern_indexes(SESSION, ITEM, LINK),
    ]
