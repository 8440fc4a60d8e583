"""What the members of a dispute's evidence mean."""

EVIDENCE: dict[str, str] = {
    "access_activity_log": "What shows that the customer used what was bought.",
    "billing_address": "The billing address that the customer gave.",
    "cancellation_policy_disclosure": "How and when the customer was shown the terms of cancellation.",
    "cancellation_rebuttal": "Why the subscription was not canceled.",
    "customer_email_address": "The customer's email address.",
    "customer_name": "The customer's name.",
    "customer_purchase_ip": "The network address from which the customer bought.",
    "duplicate_charge_explanation": "How the two charges differ.",
    "duplicate_charge_id": "The earlier charge that looks like this one.",
    "product_description": "What was sold.",
    "refund_policy_disclosure": "How and when the customer was shown the terms of refunds.",
    "refund_refusal_explanation": "Why the customer gets no refund.",
    "service_date": "When the service was begun, as people write dates.",
    "shipping_address": "Where the goods went.",
    "shipping_carrier": "Who delivered.",
    "shipping_date": "When the goods were sent.",
    "shipping_tracking_number": "The parcel's number.",
    "uncategorized_text": "Whatever else the bank should know.",
}
