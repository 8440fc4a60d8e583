"""Cards saved and kept through the official `stripe` package, unmodified, in both of its styles."""

import pytest
import stripe

from tests.wire.payments_sdk import CARD, MONEY


@pytest.fixture
def jenny(sdk):
    """A customer without a payment method."""
    return sdk("customers.create", name="Jenny Rosen", email="jenny@example.com").id


def test_methods_of_a_customer(sdk, jenny):
    made = sdk("payment_methods.create", type="card", card=CARD, billing_details={"name": "Jenny"})
    attached = sdk("payment_methods.attach", made.id, customer=jenny)
    second = sdk("payment_methods.attach", "pm_card_mastercard", customer=jenny)
    changed = sdk("payment_methods.update", made.id, card={"exp_month": 9}, metadata={"order": "1"})

    assert isinstance(made, stripe.PaymentMethod)
    assert (made.customer, attached.customer, made.card.last4, made.card.brand) == (
        None, jenny, "4242", "visa",
    )  # fmt: skip
    assert (changed.card.exp_month, changed.metadata["order"]) == (9, "1")
    listed = sdk("customer_methods.list", jenny, type="card")
    assert [each.id for each in listed.auto_paging_iter()] == [second.id, made.id]
    assert sdk("customer_methods.retrieve", jenny, made.id).id == made.id
    customer = sdk("customers.retrieve", jenny, expand=["invoice_settings.default_payment_method"])
    assert customer.invoice_settings.default_payment_method.id == made.id


def test_a_default_follows_the_methods(sdk, jenny):
    first = sdk("payment_methods.attach", "pm_card_visa", customer=jenny)
    second = sdk("payment_methods.attach", "pm_card_amex", customer=jenny)
    chosen = sdk("customers.update", jenny, invoice_settings={"default_payment_method": second.id})
    detached = sdk("payment_methods.detach", second.id)
    customer = sdk("customers.retrieve", jenny)

    assert chosen.invoice_settings.default_payment_method == second.id
    assert detached.customer is None
    assert customer.invoice_settings.default_payment_method == first.id


def test_a_method_with_the_customer(sdk):
    customer = sdk("customers.create", email="jenny@example.com", payment_method="pm_card_visa")
    charge = sdk("charges.create", **MONEY, customer=customer.id, expand=["customer"])

    assert charge.customer.invoice_settings.default_payment_method == charge.payment_method
    assert [each.id for each in sdk("payment_methods.list", customer=customer.id)] == [
        charge.payment_method
    ]


def test_sources(sdk, jenny):
    token = sdk("tokens.create", card={**CARD, "name": "Jenny Rosen", "address_zip": "97712"})
    card = sdk("sources.create", jenny, source=token.id)
    second = sdk("sources.create", jenny, source="tok_mastercard")
    changed = sdk("sources.update", jenny, card.id, name="J. Rosen")
    replaced = sdk("customers.update", jenny, source="tok_amex")
    deleted = sdk("sources.delete", jenny, replaced.default_source)
    customer = sdk("customers.retrieve", jenny, expand=["sources", "default_source"])

    assert isinstance(card, stripe.Card)
    assert (card.id, card.last4, card.address_zip) == (token.card.id, "4242", "97712")
    assert (changed.name, deleted.deleted) == ("J. Rosen", True)
    assert sdk("tokens.retrieve", token.id).used is True
    assert customer.default_source.id == second.id
    assert {each.id for each in customer.sources.data} == {card.id, second.id}
    assert [each.id for each in sdk("sources.list", jenny, object="card")] == [second.id, card.id]
    assert sdk("sources.retrieve", jenny, card.id).name == "J. Rosen"


def test_a_card_is_set_up_step_by_step(sdk, jenny):
    intent = sdk("setup_intents.create", customer=jenny, usage="off_session")
    changed = sdk("setup_intents.update", intent.id, metadata={"order": "1"})
    done = sdk("setup_intents.confirm", intent.id, payment_method="pm_card_visa")
    other = sdk("setup_intents.create", customer=jenny)
    canceled = sdk("setup_intents.cancel", other.id, cancellation_reason="abandoned")
    paid = sdk(
        "payment_intents.create", **MONEY, customer=jenny, payment_method=done.payment_method,
        off_session=True, confirm=True,
    )  # fmt: skip

    assert (intent.status, changed.metadata["order"], done.status) == (
        "requires_payment_method", "1", "succeeded",
    )  # fmt: skip
    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "abandoned")
    assert paid.status == "succeeded"
    assert [each.id for each in sdk("setup_intents.list", customer=jenny)] == [other.id, intent.id]
    assert sdk("payment_methods.retrieve", done.payment_method).customer == jenny


def test_a_card_is_kept_by_the_payment(sdk, jenny):
    paid = sdk(
        "payment_intents.create", **MONEY, customer=jenny, payment_method="pm_card_visa",
        setup_future_usage="off_session", confirm=True,
    )  # fmt: skip

    assert [each.id for each in sdk("payment_methods.list", customer=jenny)] == [
        paid.payment_method
    ]


def test_a_page_with_a_publishable_key(style, live, keys):
    server = style(live, keys["sk_test"])
    customer = server("customers.create", email="jenny@example.com").id
    intent = server("payment_intents.create", **MONEY, customer=customer)
    setup = server("setup_intents.create", customer=customer)

    page = style(live, keys["pk_test"])
    token = page("tokens.create", card=CARD)
    method = page("payment_methods.create", type="card", card={"token": token.id})
    paid = page(
        "payment_intents.confirm", intent.id,
        client_secret=intent.client_secret, payment_method=method.id,
    )  # fmt: skip
    saved = page(
        "setup_intents.confirm", setup.id,
        client_secret=setup.client_secret, payment_method="pm_card_mastercard",
    )  # fmt: skip
    seen = page("payment_intents.retrieve", intent.id, client_secret=intent.client_secret)
    with pytest.raises(stripe.PermissionError) as refusal:
        page("customers.retrieve", customer)

    assert (paid.status, saved.status, seen.status) == ("succeeded", "succeeded", "succeeded")
    assert "customer" not in paid.to_dict()
    assert refusal.value.error.code == "secret_key_required"


def test_a_deleted_customer_leaves_charges_behind(sdk, jenny):
    sdk("payment_methods.attach", "pm_card_visa", customer=jenny)
    charge = sdk("charges.create", **MONEY, customer=jenny)

    sdk("customers.delete", jenny)

    with pytest.raises(stripe.InvalidRequestError):
        sdk("charges.create", **MONEY, customer=jenny)
    kept = sdk("charges.retrieve", charge.id)
    assert (kept.customer, kept.status, kept.payment_method_details.card.last4) == (
        jenny, "succeeded", "4242",
    )  # fmt: skip


def test_the_newer_style_has_a_second_name_for_deleting_a_source(stripe_v1):
    customer = stripe_v1.customers.create({"source": "tok_visa"})
    setup = stripe_v1.setup_intents.create({"customer": customer.id})

    detached = stripe_v1.sources.detach(customer.id, customer.default_source)

    assert (detached.id, detached.deleted) == (customer.default_source, True)
    assert stripe_v1.setup_intents.retrieve(setup.id).status == "requires_payment_method"
