"""Operations on the catalog in both styles of the official Python SDK; see `sdk`."""

import stripe

from tests.wire import sdk

CLIENT = {
    "plans.create": lambda v1: v1.plans.create,
    "plans.delete": lambda v1: v1.plans.delete,
    "plans.list": lambda v1: v1.plans.list,
    "plans.retrieve": lambda v1: v1.plans.retrieve,
    "plans.update": lambda v1: v1.plans.update,
    "prices.create": lambda v1: v1.prices.create,
    "prices.list": lambda v1: v1.prices.list,
    "prices.retrieve": lambda v1: v1.prices.retrieve,
    "prices.search": lambda v1: v1.prices.search,
    "prices.update": lambda v1: v1.prices.update,
    "products.create": lambda v1: v1.products.create,
    "products.delete": lambda v1: v1.products.delete,
    "products.list": lambda v1: v1.products.list,
    "products.retrieve": lambda v1: v1.products.retrieve,
    "products.search": lambda v1: v1.products.search,
    "products.update": lambda v1: v1.products.update,
    "tax_rates.create": lambda v1: v1.tax_rates.create,
    "tax_rates.list": lambda v1: v1.tax_rates.list,
    "tax_rates.retrieve": lambda v1: v1.tax_rates.retrieve,
    "tax_rates.update": lambda v1: v1.tax_rates.update,
}
MODULE = {
    "plans.create": stripe.Plan.create,
    "plans.delete": stripe.Plan.delete,
    "plans.list": stripe.Plan.list,
    "plans.retrieve": stripe.Plan.retrieve,
    "plans.update": stripe.Plan.modify,
    "prices.create": stripe.Price.create,
    "prices.list": stripe.Price.list,
    "prices.retrieve": stripe.Price.retrieve,
    "prices.search": stripe.Price.search,
    "prices.update": stripe.Price.modify,
    "products.create": stripe.Product.create,
    "products.delete": stripe.Product.delete,
    "products.list": stripe.Product.list,
    "products.retrieve": stripe.Product.retrieve,
    "products.search": stripe.Product.search,
    "products.update": stripe.Product.modify,
    "tax_rates.create": stripe.TaxRate.create,
    "tax_rates.list": stripe.TaxRate.list,
    "tax_rates.retrieve": stripe.TaxRate.retrieve,
    "tax_rates.update": stripe.TaxRate.modify,
}
sdk.CLIENT |= CLIENT
sdk.MODULE |= MODULE
