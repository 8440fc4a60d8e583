"""What the API reference says of products, prices, plans and tax rates."""

from typing import Any

from customers.api.v1.reference.examples import MADE

Wire = dict[str, Any]
PRODUCT, PRICE = "prod_6w1kx8zq0v2mt5hr93cyb4fn", "price_9k2xz0qw6v1mt8hr43cyb5fn"
_PLAN, _TAX_RATE = "price_3z7kq1xw0vm8t5hr92cyb6fn", "txr_1x6kz9qw0v4mt2hr83cyb5fn"
_NOT_HERE = "Always null: Stripe has it, and nothing here gives it a meaning."
_MONTHLY = {
    "interval": "month", "interval_count": 1, "meter": None, "trial_period_days": None, "usage_type": "licensed",
}  # fmt: skip

TAGS: dict[str, str] = {
    "Products": "What you sell. A product has any number of prices, and one of them may be its default.",
    "Prices": "What a product costs: once or by the calendar, per unit, in packages or in tiers, in one currency or in "
    "several. Amounts never change; make another price instead, and give it the lookup key. A plan is what older "
    "integrations call a recurring price: each is found under the other's name, and events of those that were made as "
    "plans are `plan.*`.",
    "Tax rates": "Shares of prices that are tax, contained in them or added to them. What a rate takes never changes.",
}
MEMBERS: dict[str, str] = {
    "amount_decimal": "What one unit costs, in minor units with up to twelve decimals; null where tiers say it.",
    "billing_scheme": "Whether each unit costs the same (`per_unit`) or the quantity decides (`tiered`).",
    "currency_options": "What it costs in each of its currencies, by their codes.",
    "custom_unit_amount": _NOT_HERE,
    "default_price": "The price that is offered first; it is one of the product's own.",
    "default_price_data": "A price to make with the product, which becomes its default.",
    "divide_by": "How many units a package has.",
    "effective_percentage": _NOT_HERE,
    "flat_amount": "What the tier costs, whatever the quantity in it, in minor units.",
    "flat_amount_decimal": "What the tier costs, with up to twelve decimals.",
    "height": "In inches.",
    "images": "Addresses of up to eight pictures.",
    "inclusive": "Whether prices contain the tax; otherwise it is added to them.",
    "interval": "The unit of the period that is billed.",
    "interval_count": "How many of these units a period has; a period has three years at most.",
    "jurisdiction": "Whose tax it is; it stands on invoices.",
    "jurisdiction_level": _NOT_HERE,
    "length": "In inches.",
    "lookup_key": "A word of yours to find the price by; one price at a time has it.",
    "marketing_features": "Up to fifteen things that speak for the product.",
    "meter": _NOT_HERE,
    "nickname": "A name that customers do not see.",
    "package_dimensions": "How large and how heavy it is.",
    "percentage": "How much of the taxed amount is tax, in per cent, with up to four decimals.",
    "performance_location": _NOT_HERE,
    "product": "The product.",
    "product_data": "A product to make along with the price.",
    "rate_type": _NOT_HERE,
    "recurring": "How often it is billed; null for a price that is paid once.",
    "round": "Whether a package that is begun counts (`up`) or does not (`down`).",
    "shippable": "Whether it is sent to the customer.",
    "tax_behavior": "Whether the amounts contain tax; once it was said, it stays.",
    "tax_code": "The category of goods, as Stripe numbers them.",
    "tax_details": "The category of goods, as a hash.",
    "tax_type": "Which kind of tax it is.",
    "tiers": "The tiers, from the smallest quantity on; shown when expanded.",
    "tiers_mode": "Whether the tier that the quantity reaches holds for all units (`volume`), or each tier for "
    "the units in it (`graduated`).",
    "transfer_lookup_key": "Whether another price that has the lookup key loses it; otherwise it is refused.",
    "transform_quantity": "How a quantity becomes packages, which are what the amount is for.",
    "transform_usage": "How a quantity becomes packages, which are what the amount is for.",
    "trial_period_days": "How many days subscriptions with `trial_from_plan` are free at first.",
    "unit_amount": "What one unit costs, in minor units; null where it is no whole number, or where tiers say it.",
    "unit_amount_decimal": "What one unit costs, in minor units with up to twelve decimals.",
    "unit_label": "What one unit is called, such as `seat`.",
    "up_to": "The last quantity of the tier; null (`inf` where you send it) for the last tier.",
    "updated": "When it was changed last, as seconds since 1970.",
    "usage_type": "Always `licensed`: the quantity is agreed, not measured.",
    "weight": "In ounces.",
    "width": "In inches.",
}
_ACTIVE = "Whether something new can be sold at it."
MEMBERS_OF: dict[tuple[str, str], str] = {
    **{
        (component, "active"): _ACTIVE
        for component in ("price", "price_create_params", "price_update_params", "plan", "plan_create_params",
                          "plan_update_params")
    },
    **{
        (component, "active"): "Whether it is sold."
        for component in ("product", "product_create_params", "product_update_params", "product_data_hash")
    },
    **{
        (component, "active"): "Whether something new can be taxed by it."
        for component in ("tax_rate", "tax_rate_create_params", "tax_rate_update_params")
    },
    ("plan", "amount"): "What one unit costs, in minor units; null where it is no whole number, or where tiers say it.",
    ("plan_create_params", "amount"): "What one unit costs, in minor units.",
    ("plan_create_params", "id"): "The id, where you choose it: up to 64 letters, digits, hyphens and underscores.",
    ("plan_create_params", "product"): "The product's id, or a product to make along with the plan.",
    ("price", "type"): "Whether it is paid once (`one_time`) or by the calendar (`recurring`).",
    ("product", "name"): "The name that customers see.",
    ("product", "type"): "Whether it is a service or a good.",
    ("product", "url"): "Its page on the web.",
    ("product_create_params", "id"): "The id, where you choose it: up to 64 letters, digits, hyphens and underscores.",
    ("product_create_params", "name"): "The name that customers see.",
    ("product_create_params", "type"): "Whether it is a service or a good.",
    ("product_create_params", "url"): "Its page on the web.",
    ("product_data_hash", "id"): "The id, where you choose it: up to 64 letters, digits, hyphens and underscores.",
    ("product_data_hash", "name"): "The name that customers see.",
    ("product_update_params", "name"): "The name that customers see.",
    ("product_update_params", "url"): "Its page on the web.",
    ("product.marketing_features", "name"): "What speaks for the product.",
    ("marketing_feature_hash", "name"): "What speaks for the product, in up to 80 characters.",
    ("tax_rate", "country"): "The country, as a code of ISO 3166-1.",
    ("tax_rate", "flat_amount"): _NOT_HERE,
}  # fmt: skip
PARAMETERS: dict[tuple[str, str], str] = {
    ("GetPlans", "active"): "Only plans that something new can be sold at, or only the others.",
    ("GetPlans", "product"): "Only plans of the product with this id.",
    ("GetPrices", "active"): "Only prices that something new can be sold at, or only the others.",
    ("GetPrices", "currency"): "Only prices whose own currency this is.",
    ("GetPrices", "lookup_keys[]"): "Only the prices with these lookup keys; up to ten.",
    ("GetPrices", "product"): "Only prices of the product with this id.",
    (
        "GetPrices",
        "recurring",
    ): "Only recurring prices: of this `interval`, or of this `usage_type`.",
    ("GetPrices", "type"): "Only prices that are paid once, or only recurring ones.",
    ("GetPricesSearch", "page"): "The `next_page` of the answer before this one.",
    ("GetProducts", "active"): "Only products that are sold, or only the others.",
    ("GetProducts", "ids[]"): "Only the products with these ids.",
    (
        "GetProducts",
        "shippable",
    ): "Only products that are sent to the customer, or only those that are not.",
    ("GetProducts", "type"): "Only services, or only goods.",
    ("GetProducts", "url"): "Only products with exactly this page on the web.",
    ("GetProductsSearch", "page"): "The `next_page` of the answer before this one.",
    ("GetTaxRates", "active"): "Only rates that something new can be taxed by, or only the others.",
    ("GetTaxRates", "inclusive"): "Only taxes that prices contain, or only those that are added.",
}
OPERATIONS: dict[str, tuple[str, str]] = {
    "GetProductsSearch": (
        "Search products",
        ("Finds products in Stripe's query language: `active`, `description`, `metadata['key']`, `name`, `shippable` "
        "and `url`. A product is found the moment it exists."),
    ),
    "GetProducts": ("List all products", "The newest first."),
    "PostProducts": (
        "Create a product",
        "With an id of your choice or a fresh one, and with `default_price_data` together with its default price.",
    ),
    "PostProductsId": (
        "Update a product",
        "What is left out stays as it is; `metadata` is merged key by key.",
    ),
    "DeleteProductsId": (
        "Delete a product",
        "Refused once the product has a price: archive it with `active=false` instead.",
    ),
    "GetPricesSearch": (
        "Search prices",
        ("Finds prices in Stripe's query language: `active`, `currency`, `lookup_key`, `metadata['key']`, `product` "
        "and `type`. A price is found the moment it exists."),
    ),
    "GetPrices": (
        "List all prices",
        "The newest first. Those that were made for one use, by `price_data`, are left out.",
    ),
    "PostPrices": (
        "Create a price",
        ("For a product that is there, or with `product_data` for a new one. `recurring` makes it one that "
        "subscriptions can have."),
    ),
    "PostPricesId": (
        "Update a price",
        "What it costs and how often stays; `currency_options` are merged by currency, and an empty one is taken away.",
    ),
    "GetPlans": ("List all plans", "Recurring prices, the newest first."),
    "PostPlans": ("Create a plan", "Makes a recurring price, with an id of your choice or a fresh one."),
    "PostPlansId": ("Update a plan", "What it costs and how often stays."),
    "DeletePlansId": (
        "Delete a plan",
        "Nothing new can be sold at it; subscriptions that have it go on.",
    ),
    "GetTaxRates": ("List all tax rates", "The newest first."),
    "PostTaxRates": ("Create a tax rate", ""),
    "PostTaxRatesId": ("Update a tax rate", "Its percentage stays: make another rate, and archive this one."),
}  # fmt: skip
OBJECTS: dict[str, Wire] = {
    "product": {
        "id": PRODUCT,
        "object": "product",
        "active": True,
        "created": MADE,
        "default_price": PRICE,
        "description": "Every exhibition, all year",
        "images": [],
        "livemode": False,
        "marketing_features": [{"name": "Brings a guest"}],
        "metadata": {},
        "name": "Museum pass",
        "package_dimensions": None,
        "shippable": None,
        "statement_descriptor": None,
        "tax_code": None,
        "tax_details": None,
        "type": "service",
        "unit_label": None,
        "updated": MADE,
        "url": None,
    },
    "price": {
        "id": PRICE,
        "object": "price",
        "active": True,
        "billing_scheme": "per_unit",
        "created": MADE,
        "currency": "usd",
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": "museum_pass_monthly",
        "metadata": {},
        "nickname": None,
        "product": PRODUCT,
        "recurring": _MONTHLY,
        "tax_behavior": "exclusive",
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "recurring",
        "unit_amount": 1500,
        "unit_amount_decimal": "1500",
    },
    "plan": {
        "id": _PLAN,
        "object": "plan",
        "active": True,
        "amount": 1500,
        "amount_decimal": "1500",
        "billing_scheme": "per_unit",
        "created": MADE,
        "currency": "usd",
        "interval": "month",
        "interval_count": 1,
        "livemode": False,
        "metadata": {},
        "meter": None,
        "nickname": None,
        "product": PRODUCT,
        "tiers_mode": None,
        "transform_usage": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    },
    "tax_rate": {
        "id": _TAX_RATE,
        "object": "tax_rate",
        "active": True,
        "country": "TH",
        "created": MADE,
        "description": None,
        "display_name": "VAT",
        "effective_percentage": None,
        "flat_amount": None,
        "inclusive": False,
        "jurisdiction": "TH",
        "jurisdiction_level": None,
        "livemode": False,
        "metadata": {},
        "percentage": 7,
        "rate_type": None,
        "state": None,
        "tax_type": "vat",
    },
}
BODIES: dict[str, Wire] = {
    "PostProducts": {"name": "Museum pass", "default_price_data": {"currency": "usd", "unit_amount": 1500}},
    "PostProductsId": {"description": "Every exhibition, all year"},
    "PostPrices": {
        "product": PRODUCT, "currency": "usd", "unit_amount": 1500, "recurring": {"interval": "month"},
        "lookup_key": "museum_pass_monthly",
    },
    "PostPricesId": {"nickname": "Monthly"},
    "PostPlans": {"product": PRODUCT, "currency": "usd", "amount": 1500, "interval": "month"},
    "PostPlansId": {"nickname": "Monthly"},
    "PostTaxRates": {"display_name": "VAT", "percentage": 7, "inclusive": False, "jurisdiction": "TH"},
    "PostTaxRatesId": {"active": False},
}  # fmt: skip
QUERIES: dict[str, Wire] = {
    "GetProductsSearch": {"query": "active:'true' AND name~'museum'"},
    "GetPricesSearch": {"query": "active:'true' AND lookup_key:'museum_pass_monthly'"},
}
PATHS: dict[str, str] = {}
METHODS: dict[str, tuple[str, str]] = {
    "GetProductsSearch": ("products.search", "products.search"),
    "GetProducts": ("products.list", "products.list"),
    "PostProducts": ("products.create", "products.create"),
    "GetProductsId": ("products.retrieve", "products.retrieve"),
    "PostProductsId": ("products.update", "products.update"),
    "DeleteProductsId": ("products.delete", "products.del"),
    "GetPricesSearch": ("prices.search", "prices.search"),
    "GetPrices": ("prices.list", "prices.list"),
    "PostPrices": ("prices.create", "prices.create"),
    "GetPricesId": ("prices.retrieve", "prices.retrieve"),
    "PostPricesId": ("prices.update", "prices.update"),
    "GetPlans": ("plans.list", "plans.list"),
    "PostPlans": ("plans.create", "plans.create"),
    "GetPlansId": ("plans.retrieve", "plans.retrieve"),
    "PostPlansId": ("plans.update", "plans.update"),
    "DeletePlansId": ("plans.delete", "plans.del"),
    "GetTaxRates": ("tax_rates.list", "taxRates.list"),
    "PostTaxRates": ("tax_rates.create", "taxRates.create"),
    "GetTaxRatesId": ("tax_rates.retrieve", "taxRates.retrieve"),
    "PostTaxRatesId": ("tax_rates.update", "taxRates.update"),
}
