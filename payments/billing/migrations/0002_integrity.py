from django.db import migrations

from customers.kit.integrity import same_tenant, without_pattern_indexes

REFERENCES = (
    ("billing_promotioncode", "coupon_id", "billing_coupon"),
    ("billing_promotioncode", "customer_id", "customers_customer"),
    ("billing_price", "product_id", "billing_product"),
    ("billing_subscription", "customer_id", "customers_customer"),
    ("billing_subscription", "default_payment_method_id", "payments_paymentmethod"),
    ("billing_subscriptionitem", "subscription_id", "billing_subscription"),
    ("billing_subscriptionitem", "price_id", "billing_price"),
    ("billing_invoice", "customer_id", "customers_customer"),
    ("billing_invoice", "subscription_id", "billing_subscription"),
    ("billing_invoice", "default_payment_method_id", "payments_paymentmethod"),
    ("billing_invoice", "payment_intent_id", "payments_paymentintent"),
    ("billing_invoiceitem", "customer_id", "customers_customer"),
    ("billing_invoiceitem", "invoice_id", "billing_invoice"),
    ("billing_invoiceitem", "subscription_id", "billing_subscription"),
    ("billing_invoiceitem", "subscription_item_id", "billing_subscriptionitem"),
    ("billing_invoiceitem", "price_id", "billing_price"),
    ("billing_invoiceline", "invoice_id", "billing_invoice"),
    ("billing_invoiceline", "invoice_item_id", "billing_invoiceitem"),
    ("billing_invoiceline", "subscription_id", "billing_subscription"),
    ("billing_invoiceline", "subscription_item_id", "billing_subscriptionitem"),
    ("billing_invoiceline", "price_id", "billing_price"),
    ("billing_invoicepayment", "invoice_id", "billing_invoice"),
    ("billing_invoicepayment", "payment_intent_id", "payments_paymentintent"),
    ("billing_creditnote", "customer_id", "customers_customer"),
    ("billing_creditnote", "invoice_id", "billing_invoice"),
    ("billing_creditnoteline", "credit_note_id", "billing_creditnote"),
    ("billing_creditnoteline", "invoice_line_id", "billing_invoiceline"),
    ("billing_creditnoterefund", "credit_note_id", "billing_creditnote"),
    ("billing_creditnoterefund", "refund_id", "payments_refund"),
    ("billing_discount", "coupon_id", "billing_coupon"),
    ("billing_discount", "promotion_code_id", "billing_promotioncode"),
    ("billing_discount", "customer_id", "customers_customer"),
    ("billing_discount", "subscription_id", "billing_subscription"),
    ("billing_discount", "subscription_item_id", "billing_subscriptionitem"),
    ("billing_discount", "invoice_id", "billing_invoice"),
    ("billing_discount", "invoice_item_id", "billing_invoiceitem"),
    ("billing_subscriptionschedule", "customer_id", "customers_customer"),
    ("billing_subscriptionschedule", "subscription_id", "billing_subscription"),
)


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial"), ("payments", "0016_described_links"), ("customers", "0012_billing_integrity")]

    operations = [
        *(same_tenant(table, column, target) for table, column, target in REFERENCES),
        without_pattern_indexes(
            "billing_coupon",
            "billing_promotioncode",
            "billing_product",
            "billing_price",
            "billing_subscription",
            "billing_subscriptionitem",
            "billing_invoice",
            "billing_invoiceitem",
            "billing_invoiceline",
            "billing_invoicepayment",
            "billing_creditnote",
            "billing_creditnoteline",
            "billing_creditnoterefund",
            "billing_discount",
            "billing_subscriptionschedule",
            "billing_taxrate",
        ),
    ]
