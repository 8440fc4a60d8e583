"""Operations on subscriptions, their items and schedules in both styles of the official Python SDK; see `sdk`."""

import stripe

from tests.wire import coupons_sdk, payments_sdk, sdk

__all__ = ["coupons_sdk", "payments_sdk"]

CLIENT = {
    "subscription_items.create": lambda v1: v1.subscription_items.create,
    "subscription_items.delete": lambda v1: v1.subscription_items.delete,
    "subscription_items.list": lambda v1: v1.subscription_items.list,
    "subscription_items.retrieve": lambda v1: v1.subscription_items.retrieve,
    "subscription_items.update": lambda v1: v1.subscription_items.update,
    "subscription_schedules.cancel": lambda v1: v1.subscription_schedules.cancel,
    "subscription_schedules.create": lambda v1: v1.subscription_schedules.create,
    "subscription_schedules.list": lambda v1: v1.subscription_schedules.list,
    "subscription_schedules.release": lambda v1: v1.subscription_schedules.release,
    "subscription_schedules.retrieve": lambda v1: v1.subscription_schedules.retrieve,
    "subscription_schedules.update": lambda v1: v1.subscription_schedules.update,
    "subscriptions.cancel": lambda v1: v1.subscriptions.cancel,
    "subscriptions.create": lambda v1: v1.subscriptions.create,
    "subscriptions.delete_discount": lambda v1: v1.subscriptions.delete_discount,
    "subscriptions.list": lambda v1: v1.subscriptions.list,
    "subscriptions.resume": lambda v1: v1.subscriptions.resume,
    "subscriptions.retrieve": lambda v1: v1.subscriptions.retrieve,
    "subscriptions.search": lambda v1: v1.subscriptions.search,
    "subscriptions.update": lambda v1: v1.subscriptions.update,
}
MODULE = {
    "subscription_items.create": stripe.SubscriptionItem.create,
    "subscription_items.delete": stripe.SubscriptionItem.delete,
    "subscription_items.list": stripe.SubscriptionItem.list,
    "subscription_items.retrieve": stripe.SubscriptionItem.retrieve,
    "subscription_items.update": stripe.SubscriptionItem.modify,
    "subscription_schedules.cancel": stripe.SubscriptionSchedule.cancel,
    "subscription_schedules.create": stripe.SubscriptionSchedule.create,
    "subscription_schedules.list": stripe.SubscriptionSchedule.list,
    "subscription_schedules.release": stripe.SubscriptionSchedule.release,
    "subscription_schedules.retrieve": stripe.SubscriptionSchedule.retrieve,
    "subscription_schedules.update": stripe.SubscriptionSchedule.modify,
    "subscriptions.cancel": stripe.Subscription.cancel,
    "subscriptions.create": stripe.Subscription.create,
    "subscriptions.delete_discount": stripe.Subscription.delete_discount,
    "subscriptions.list": stripe.Subscription.list,
    "subscriptions.resume": stripe.Subscription.resume,
    "subscriptions.retrieve": stripe.Subscription.retrieve,
    "subscriptions.search": stripe.Subscription.search,
    "subscriptions.update": stripe.Subscription.modify,
}
sdk.CLIENT |= CLIENT
sdk.MODULE |= MODULE
