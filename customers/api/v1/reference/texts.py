"""What members, parameters, resources and operations mean, in the document's words.

A name means the same wherever it stands; where it does not, the second table says what it means there.
"""

INTRODUCTION = """\
Keeptab keeps a merchant's customers and speaks Stripe's wire format, so that Stripe's official SDKs work unchanged \
when they are given this server's address.

Requests take form bodies with brackets (`metadata[order_id]=6735`) or JSON bodies; answers are JSON. A parameter \
that does not exist is refused by name. A parameter that is left out stays as it is; an empty text empties it.

Objects of test mode and of live mode are apart: a key sees those of its own site and mode, and every other id is as \
good as unknown. Every change is an event."""

TAGS: dict[str, str] = {
    "Customers": "The people and businesses whom you bill. A deleted customer can still be retrieved, as its id and "
    "`deleted: true`, and nothing else.",
    "Addresses": "A customer's addresses for billing and shipping. Of each type one is the default; the defaults are "
    "the customer's `address` and `shipping`.",
    "Balance transactions": "Ledgers. A customer's is that of its balance: a negative balance is credit, a positive "
    "one is owed with the next invoice. Your own has every movement of your money; rows are only added.",
    "Consents": "Every yes and no to marketing, with who recorded it, when, and by which door. Rows are only added; "
    "what holds now stands on the customer.",
    "Merges": "Other customers that went into a customer, with all that belonged to them; for 30 days they can come "
    "out again.",
    "Messages": "The emails to a customer: receipts, refund notes, reminders of cards that expire; with what each "
    "said, and what became of it.",
    "Erasures": "Taking a customer's personal data out of the record, which is more than deleting the customer: with a "
    "plan before, and a report after.",
    "Tax ids": "The numbers by which tax offices know a customer. They are checked for form and check digits. A wrong "
    "one is deleted and another one made.",
    "Organizations": "The businesses that customers buy for, with their legal names, tax ids and addresses.",
    "Custom fields": "What you keep about your customers beyond what everybody does. Values stand in the customer's "
    "`custom_fields` under the field's key.",
    "Events": "What happened to an object, with a picture of it as it then was. Events are written in the transaction "
    "of the change they tell of. Of two events of one object, or of one customer, the one with the greater `sequence` "
    "happened later; numbers of unrelated objects say little, and some are missing.",
    "Webhook endpoints": "Where your systems are told of events, at least once each, signed with the endpoint's "
    "secret. Of each mode, 16 can be enabled at a time.",
    "Accounts": "Your own site, which is the only account that your key can see.",
}

MEMBERS: dict[str, str] = {
    "about": "The id of the charge, refund or payment method that it tells of.",
    "action": "What becomes of the rows: `removed`, `redacted` (they stay, without what is personal) or `kept`.",
    "actor": "Who did it: an API key or a member of staff.",
    "address": "The default billing address.",
    "addresses": "The newest addresses, when expanded.",
    "amount": "In minor units of the currency.",
    "amount_tax_display": "How amounts and taxes are shown on invoices.",
    "api_version": "The version in whose shapes the event was written.",
    "application": "Not used here.",
    "archived": "Whether the field is out of use: values under its key stay readable, and none are written.",
    "archived_at": "When the field was taken out of use, as seconds since 1970.",
    "attempts": "How often sending was tried.",
    "automatic_tax": "Whether the customer's location is good enough for automatic tax.",
    "available": "What has been paid in and not been used, by currency; null while there is nothing.",
    "balance": "In minor units: negative is credit, positive is owed with the next invoice.",
    "business_name": "The name of the business that the customer buys for.",
    "business_profile": "How the site presents itself to its customers.",
    "business_type": "Not kept here.",
    "cash_balance": "Money that the customer has sent without saying for what, and how it is used.",
    "channel": "What the consent is about: email or telephone.",
    "charges_enabled": "Whether the site can take payments.",
    "checkout_session": "The checkout session that caused it.",
    "city": "City, district, suburb, town, or village.",
    "company": "The company at this address.",
    "constraints": "What a value must satisfy, by the field's type.",
    "country": "Country, as a code of ISO 3166-1 with two letters.",
    "created": "When it was made, as seconds since 1970.",
    "credit_note": "The credit note that caused it.",
    "currency": "A code of ISO 4217, in lowercase.",
    "custom_fields": "Values of your custom fields, by their keys. An empty text takes a value away.",
    "customer": "The customer's id.",
    "customer_account": "Not used here.",
    "data": "The objects of this page.",
    "default_currency": "The currency that is used where none is named.",
    "default_payment_method": "The payment method that invoices are collected with.",
    "default_source": "The source that invoices are collected with.",
    "deleted": "Always true.",
    "delinquent": "Whether the customer's latest charge has failed or an invoice is overdue.",
    "description": "A text of your own, shown to your staff only.",
    "details_submitted": "Whether the site's details are complete.",
    "discount": "The discount that holds for the customer.",
    "display_name": "How the customer wants to be called.",
    "door": "By which way it came: `api`, `dashboard`, `portal` and the like.",
    "due_at": "Until when a customer's wish is to be answered, as seconds since 1970.",
    "earliest": "The first day that is accepted, as `2026-01-31`.",
    "disabled": "Whether the endpoint is told of nothing more; what waits for it is canceled, and can be replayed.",
    "email": "The email address, of 512 characters at most.",
    "enabled_events": "The events that the endpoint asks for, by name in its spelling; `*` stands for all.",
    "ending_balance": "The customer's balance after this transaction, in minor units.",
    "ending_before": "An object's id: the page ends just before it, towards newer objects.",
    "ends": "What the erasure would end.",
    "error": "What was wrong.",
    "expand": "Members to expand: ids become objects, and members appear that are left out otherwise.",
    "expires_in": "For how many seconds the old secret goes on signing beside the new one: a day unless given, and a "
    "week at most.",
    "external_id": "The customer's id in your own system; unique, and free to change.",
    "findings": "Where something that was erased was still found afterwards; empty when nothing was.",
    "finished_at": "When it ended, as seconds since 1970.",
    "first_name": "The given name.",
    "for_stripecli": "Whether those who run `manage.py listen` are told again, and no endpoint unless one is named.",
    "footer": "The text at the foot of the customer's invoices.",
    "granted": "Whether the customer agreed; null takes back what was said.",
    "granted_before": "What held before.",
    "has_more": "Whether there are more objects after this page.",
    "help_text": "A sentence for those who fill in the field.",
    "html": "What it said, as HTML; null until it is sent for the first time.",
    "id": "The object's id.",
    "idempotency_key": "The request's `Idempotency-Key`.",
    "import_payment_methods": "Whether the new customer gets the payment methods that the site's Stripe account has "
    "saved for `payment_gateway_id`.",
    "individual_name": "The name of the person, where `name` is that of a business.",
    "integer": "Whether only whole numbers are accepted.",
    "invoice": "The invoice that caused it.",
    "invoice_credit_balance": "What the customer has to its credit, in minor units by currency.",
    "invoice_prefix": "What the numbers of the customer's invoices begin with.",
    "invoice_settings": "What the customer's invoices look like and how they are collected.",
    "ip_address": "The network address, of version 4 or 6.",
    "is_default": "Whether this is the customer's default address of its type.",
    "kept_until": "The last day on which the newest document has to be kept; null where there are none.",
    "key": "The key under which values are kept; it does not change.",
    "label": "The name that people see.",
    "language": "The language that the customer reads first, of those this site offers.",
    "last_name": "The family name.",
    "latest": "The last day that is accepted, as `2026-01-31`.",
    "law": "For how long the law of the site's country wants documents kept, unless the site says otherwise.",
    "legal_name": "The name in the register of companies.",
    "limit": "How many objects the page has at most.",
    "line1": "Street and number, PO box, or company.",
    "line2": "Apartment, suite, unit, or building.",
    "livemode": "Whether the object is of live mode rather than of test mode.",
    "location": "The place by which the customer is taxed, and which address says so.",
    "mail_marketing": "Whether the customer agreed to marketing by email.",
    "match": "Returns the customer that matches instead of making a second one; of any number of requests at once, "
    "one makes it.",
    "max_length": "How many characters are accepted at most.",
    "maximum": "The largest number that is accepted.",
    "metadata": "Up to 50 texts of your own, by keys of up to 40 characters. Changes are merged: an empty text takes "
    "a key away, and an empty `metadata` all of them.",
    "min_length": "How many characters are accepted at least.",
    "minimum": "The smallest number that is accepted.",
    "name": "The full name, or that of the business.",
    "next_invoice_sequence": "The number of the customer's next invoice.",
    "next_page": "What to send as `page` to go on; null at the end.",
    "object": "The kind of object.",
    "on": "What to match: `email`, `external_id`, or `metadata[key]`; the request must hold a value for it.",
    "options": "The texts to choose from.",
    "organization": "The id of the organization that the customer buys for.",
    "owner": "Whose tax id it is.",
    "page": "Which page to show, counted from 1; for walking far, cursors are faster.",
    "pattern": "A regular expression that the whole text must match.",
    "payouts_enabled": "Whether money can be paid out to the site; it is the gateways' business.",
    "payment_gateway_id": "The id of a customer at Stripe, whose payment methods are imported.",
    "pending_webhooks": "How many endpoints have not received the event yet.",
    "phone": "The phone number, as it was written.",
    "position": "Where the field stands among the others; small numbers come first.",
    "postal_code": "ZIP or postal code.",
    "preferred_currency": "The currency that the customer wants to pay in, as a code of ISO 4217.",
    "preferred_locales": "The languages that the customer reads, as IETF tags, the preferred one first.",
    "previous_attributes": "The former values of what changed, in an event that tells of a change.",
    "provider": "What works out the tax.",
    "query": "The query, such as `email:'jenny@example.com' AND metadata['tier']:'gold'`.",
    "reconciliation_mode": "Whether money that came in is used for invoices by itself.",
    "rendering_options": "How invoices are set.",
    "request": "The API request that caused it.",
    "required": "Whether a new customer needs a value.",
    "rows": "By kind of row, how many there are, and what becomes of them.",
    "secret": "What the endpoint's requests are signed with. It is shown when it was just made, and never again.",
    "sequence": "Where it stands in the order of events: of one object's, and of one customer's, the greater number is "
    "the later one.",
    "sent_at": "When the mail server took it, as seconds since 1970.",
    "settings": "How it works.",
    "shipping": "Where things are sent: the default shipping address.",
    "skip_email_dns_validations": "Accepts the email address without asking whether its domain receives mail.",
    "source": "Where it comes from.",
    "sources": "The customer's sources, when expanded.",
    "spelling": "How the endpoint is told of events: in the names, shapes and headers of `stripe`, `omise` or "
    "`revkeen`. It stays as it is.",
    "started_at": "When it began, as seconds since 1970.",
    "starting_after": "An object's id: the page begins just after it, towards older objects.",
    "state": "State, county, province, or region.",
    "status": "What is known of the tax id's truth.",
    "subject": "Its subject; null until it is sent for the first time.",
    "subscriptions": "The customer's subscriptions, when expanded.",
    "tax": "What decides how the customer is taxed.",
    "tax_exempt": "Whether the customer is taxed, exempt, or pays the tax itself (`reverse`).",
    "tax_id": "The business's tax id.",
    "tax_id_data": "Tax ids that the customer comes with.",
    "tax_ids": "The newest tax ids, when expanded.",
    "tele_marketing": "Whether the customer agreed to marketing by telephone.",
    "template": "The invoice template.",
    "test_clock": "The test clock that the customer lives by.",
    "text": "What it said, as text; null until it is sent for the first time.",
    "timezone": "The time zone, by its IANA name.",
    "to": "The email address.",
    "total_count": "How many objects match, counted up to 10,000, when expanded.",
    "type": "The kind.",
    "types": "Only events of these types.",
    "url": "Where the list is.",
    "username": "The name that the customer signs in with: letters, digits, underscores and hyphens; unique.",
    "using_merchant_default": "Whether the site's way holds, as the customer has none of its own.",
    "validate_location": "Whether a location that tax law does not know is refused at once.",
    "value": "The value.",
    "verification": "What is known of its truth.",
    "verified_address": "The address that the tax office has for it.",
    "verified_name": "The name that the tax office has for it.",
    "webhook_endpoint": "The endpoint to tell again; all that ask for such events where it is left out.",
    "verified_at": "When all that is left was looked through for what was erased, as seconds since 1970.",
    "waits_for": "What the erasure would wait for, since it is still open.",
    "wording": "The sentence that the customer agreed to.",
}

MEMBERS_OF: dict[tuple[str, str], str] = {
    ("account", "country"): "The site's country, as a code of ISO 3166-1.",
    ("account", "email"): "The address at which the site's customers find help.",
    ("account", "id"): "The site's id.",
    ("account", "metadata"): "Sites have none.",
    ("account", "settings"): "Branding, dashboard and payments.",
    ("account", "type"): "Sites are standard accounts.",
    ("address", "type"): "What the address is for.",
    ("address_create_params", "type"): "What the address is for.",
    ("custom_field", "type"): "What kind of values the field takes.",
    ("custom_field_create_params", "type"): "What kind of values the field takes.",
    (
        "customer",
        "currency",
    ): "The currency in which the customer is billed; set by its first bill.",
    ("customer", "organization"): "The organization that the customer buys for.",
    (
        "balance_transaction_create_params",
        "amount",
    ): "In minor units: negative is credit, positive is owed.",
    (
        "customer_balance_transaction",
        "amount",
    ): "In minor units: negative is credit, positive is owed.",
    ("customer_balance_transaction", "type"): "Why the balance changed.",
    (
        "customer_create_params",
        "organization",
    ): "The organization that the customer buys for: its id, or its name, "
    "under which one is made where there is none.",
    (
        "customer_update_params",
        "organization",
    ): "The organization that the customer buys for: its id, or its name, "
    "under which one is made where there is none.",
    ("event", "data"): "The object that the event tells of.",
    ("event", "type"): "What happened, such as `customer.updated`.",
    ("event_data", "object"): "The object as it was after the change.",
    ("event_request", "id"): "The request's id; null when no request caused it.",
    ("message", "failure_message"): "What went wrong with the latest attempt.",
    (
        "message",
        "language",
    ): "The language it is written in: the customer's, where the site offers it.",
    (
        "message",
        "status",
    ): "Whether it waits (`queued`), was `sent`, or could not be sent (`failed`).",
    ("message", "type"): "What it is: `receipt`, `refund` or `card_expiry`.",
    (
        "webhook_endpoint",
        "api_version",
    ): "The version in whose shapes the endpoint is told of events.",
    (
        "customer_erasure",
        "actor",
    ): "Who decided on it; null where the customer asked and nobody has decided yet.",
    (
        "customer_erasure",
        "status",
    ): "`requested` by the customer, `waiting` until nothing is open, `running`, `done` or "
    "`canceled`.",
    ("customer_erasure.findings", "column"): "The column.",
    ("customer_erasure.findings", "rows"): "The kind of row.",
    ("customer_erasure.rows", "kept"): "How many stay as the law wants them.",
    ("customer_erasure.rows", "name"): "The kind of row.",
    ("customer_erasure.rows", "redacted"): "How many stay without what was personal.",
    ("customer_erasure.rows", "removed"): "How many were removed.",
    ("customer_erasure_plan.ends", "count"): "How many there are.",
    ("customer_erasure_plan.ends", "name"): "What they are.",
    ("customer_erasure_plan.law", "country"): "The site's country.",
    ("customer_erasure_plan.law", "source"): "Where that is written.",
    (
        "customer_erasure_plan.law",
        "years",
    ): "From the end of the year in which a document was made.",
    ("customer_erasure_plan.rows", "count"): "How many there are.",
    ("customer_erasure_plan.rows", "name"): "The kind of row.",
    ("customer_erasure_plan.rows", "reason"): "Why, or what stays; may be empty.",
    ("customer_erasure_plan.waits_for", "count"): "How many there are.",
    ("customer_erasure_plan.waits_for", "name"): "What they are.",
    ("webhook_endpoint", "status"): "Whether it is `enabled` or `disabled`.",
    ("webhook_endpoint", "url"): "Where events are sent.",
    (
        "webhook_endpoint_create_params",
        "api_version",
    ): "The version in whose shapes the endpoint is told of events; there is one.",
    (
        "webhook_endpoint_create_params",
        "url",
    ): "Where events are sent; in live mode it begins with `https`.",
    (
        "webhook_endpoint_update_params",
        "url",
    ): "Where events are sent; in live mode it begins with `https`.",
    ("organization", "address"): "Where the business is.",
    ("organization", "name"): "The name, which is unique.",
    ("organization_create_params", "address"): "Where the business is.",
    ("organization_create_params", "name"): "The name, which is unique.",
    ("organization_update_params", "address"): "Where the business is.",
    ("organization_update_params", "name"): "The name, which is unique.",
    ("invoice_custom_field", "name"): "What is left of the colon on the invoice.",
    ("invoice_custom_field", "value"): "What is right of the colon on the invoice.",
    ("invoice_settings_hash", "custom_fields"): "Up to four lines on the customer's invoices.",
    ("shipping_hash", "address"): "Where things are sent.",
    ("shipping", "address"): "Where things are sent.",
    ("invoice_settings", "custom_fields"): "Lines of your own on the customer's invoices.",
    (
        "invoice_settings.custom_fields",
        "name",
    ): "What is left of the colon on the invoice.",
    (
        "invoice_settings.custom_fields",
        "value",
    ): "What is right of the colon on the invoice.",
    ("organization.tax_id", "type"): "The type, such as `eu_vat` or `us_ein`.",
    ("organization.tax_id", "value"): "The number.",
    ("tax.location", "source"): "The address that says so.",
    ("tax_id", "type"): "The type, such as `eu_vat` or `us_ein`.",
    ("tax_id", "value"): "The number.",
    ("tax_id_create_params", "type"): "The type, such as `eu_vat` or `us_ein`.",
    ("tax_id_create_params", "value"): "The number, with or without its separators.",
    ("tax_id_datum", "type"): "The type, such as `eu_vat` or `us_ein`.",
    ("tax_id_datum", "value"): "The number, with or without its separators.",
    ("tax_id_hash", "type"): "The type, such as `eu_vat` or `us_ein`.",
    ("tax_id_hash", "value"): "The number, with or without its separators.",
    ("tax_id_owner", "type"): "Owners are customers.",
}

PARAMETERS: dict[tuple[str, str], str] = {
    ("DeleteCustomersCustomerMetadataKey", "key"): "The key to take away.",
    ("GetCustomersCustomerConsents", "channel"): "Only consents of this channel.",
    ("GetCustomersCustomerMessages", "status"): "Only messages of this status.",
    ("GetCustomersCustomerMessages", "type"): "Only messages of this type.",
    ("GetCustomersSearch", "page"): "The `next_page` of the answer before this one.",
    (
        "GetCustomers",
        "email",
    ): "Only customers with exactly this address; upper and lower case differ.",
    ("GetCustomers", "external_id"): "Only the customer with this id in your own system.",
    ("GetCustomers", "organization"): "Only customers of the organization with this id.",
    ("GetCustomers", "username"): "Only the customer with this username.",
    ("GetEvents", "customer"): "Only events of this customer and what belongs to it.",
    (
        "GetEvents",
        "delivery_success",
    ): "Only events that every endpoint has received; or, if false, those that wait for "
    "one, were given up, or were canceled.",
    ("GetEvents", "type"): "Only events of this type, or of a family such as `customer.*`.",
    ("GetEvents", "types[]"): "Only events of these types.",
    ("GetOrganizations", "name"): "Only the organization with this name.",
}
"""By operation; what holds for every operation stands in MEMBERS."""

CREATED = "Only objects made at this second, or within these bounds."

OPERATIONS: dict[str, tuple[str, str]] = {
    "GetCustomersSearch": (
        "Search customers",
        (
            "Finds customers in Stripe's query language: `email`, `name`, `phone`, `external_id`, `username`, "
            "`organization`, `currency`, `created`, `mail_marketing`, `tele_marketing`, `metadata['key']` and "
            "`custom_fields['key']`, with `:` for equal, `~` for part of a text, `>` `<` `>=` `<=` for order, `-` for "
            "not, and `AND` or `OR` between clauses. A customer is found the moment it exists."
        ),
    ),
    "GetCustomers": ("List all customers", "The newest first; deleted ones are left out."),
    "PostCustomers": (
        "Create a customer",
        (
            "All parameters are optional. With `match[on]` an existing customer with the same email address, external "
            "id or metadata is returned unchanged, and one is made only where there is none."
        ),
    ),
    "GetCustomersCustomer": ("Retrieve a customer", "A deleted customer is shown as its id and `deleted: true`."),
    "PostCustomersCustomer": (
        "Update a customer",
        "What is left out stays as it is; `metadata` and `custom_fields` are merged key by key.",
    ),
    "DeleteCustomersCustomer": (
        "Delete a customer",
        (
            "For good: the customer cannot be changed or listed any more, and its username, external id and email "
            "address become free."
        ),
    ),
    "PostCustomersCustomerErase": (
        "Erase a customer",
        (
            "Deletes the customer and takes everything personal out of the record, as soon as nothing is open. "
            "Documents stay as the law wants them. A customer's own wish is granted by it. It cannot be undone."
        ),
    ),
    "GetCustomersCustomerErasure": ("Retrieve an erasure", "The newest one of the customer, with its report."),
    "PostCustomersCustomerErasureCancel": ("Cancel an erasure", "Refused once it has begun."),
    "GetCustomersCustomerErasurePlan": (
        "Plan an erasure",
        "What an erasure would do now: what goes, what stays and why, what it would end and what it would wait for.",
    ),
    "DeleteCustomersCustomerMetadataKey": ("Delete a metadata key", "Takes one key out of a customer's metadata."),
    "GetCustomersCustomerCashBalance": ("Retrieve a cash balance", ""),
    "PostCustomersCustomerCashBalance": ("Update a cash balance's settings", ""),
    "GetCustomersCustomerAddresses": ("List a customer's addresses", ""),
    "PostCustomersCustomerAddresses": (
        "Create an address",
        "The first address of a type becomes the default; a new default takes the place of the old one.",
    ),
    "GetCustomersCustomerBalanceTransactions": ("List a customer's balance transactions", ""),
    "PostCustomersCustomerBalanceTransactions": (
        "Create a balance transaction",
        "Changes the customer's balance by an amount. A balance has one currency, that of its first transaction.",
    ),
    "PostCustomersCustomerBalanceTransactionsId": (
        "Update a balance transaction",
        "Only its description and metadata can be changed.",
    ),
    "GetCustomersCustomerConsents": ("List a customer's consents", ""),
    "PostCustomersCustomerConsents": ("Record a consent", ""),
    "GetCustomersCustomerMessages": ("List a customer's messages", "The newest first."),
    "GetCustomersCustomerMessagesId": ("Retrieve a message", ""),
    "GetCustomersCustomerTaxIds": ("List a customer's tax IDs", ""),
    "PostCustomersCustomerTaxIds": ("Create a tax ID", ""),
    "GetCustomersCustomerTaxIdsId": ("Retrieve a tax ID", ""),
    "DeleteCustomersCustomerTaxIdsId": ("Delete a tax ID", ""),
    "DeleteOrganizationsId": ("Delete an organization", "Refused while customers belong to it."),
    "GetCustomFieldsId": ("Retrieve a custom field", "By its id or by its key."),
    "DeleteCustomFieldsId": (
        "Delete a custom field",
        "Values that were written under its key stay on the customers; archive a field to keep its definition.",
    ),
    "GetEvents": ("List all events", "The newest first."),
    "PostEventsIdRetry": (
        "Retry an event",
        (
            "Tells webhook endpoints of an event once more, also those that have received it, and those that were made "
            "later. Refused where no enabled endpoint asks for such events."
        ),
    ),
    "PostWebhookEndpoints": (
        "Create a webhook endpoint",
        "The answer has the `secret` that requests are signed with; nothing can show it again.",
    ),
    "PostWebhookEndpointsId": ("Update a webhook endpoint", ""),
    "PostWebhookEndpointsIdRotateSecret": (
        "Rotate a webhook endpoint's secret",
        (
            "Makes a new `secret`, which the answer shows. The old one goes on signing beside it for a day, or for "
            "`expires_in` seconds, so that receivers can be changed without haste."
        ),
    ),
    "DeleteWebhookEndpointsId": ("Delete a webhook endpoint", "What waits for it is canceled."),
    "GetAccount": ("Retrieve your account", "The site that the key belongs to."),
}  # fmt: skip
"""Title and description, where the view's own words do not do."""
