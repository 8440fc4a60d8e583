"""Customers who authenticate: sent away by the official SDKs' answers, in a real Chromium, and back to the shop."""

from urllib.parse import parse_qs, urlsplit

import pytest
import stripe

from tests.wire.payments_sdk import MONEY

pytestmark = pytest.mark.browser
CHALLENGED = "pm_card_threeDSecure2Required"


@pytest.fixture
def shop(live):
    """A page of another origin than ours."""
    return f"{live.replace('127.0.0.1', 'localhost')}/healthz?basket=17"


@pytest.fixture
def visit(chromium, live, settings):
    """Sends a customer where an intent says, lets them choose, and returns the query they come back with."""
    settings.PUBLIC_URL = live
    contexts = []

    def go(intent, choice):
        action = intent["next_action"]["redirect_to_url"]
        contexts.append(chromium.new_context(locale="en-US"))
        page = contexts[-1].new_page()
        page.set_default_timeout(20_000)
        page.goto(action["url"])
        page.get_by_role("button", name=choice).click()
        page.wait_for_url(f"{action['return_url']}*")
        return {name: value for name, (value,) in parse_qs(urlsplit(page.url).query).items()}

    yield go
    for context in contexts:
        context.close()


def came_back(noun, intent, status):
    return {
        "basket": "17",
        noun: intent["id"],
        f"{noun}_client_secret": intent["client_secret"],
        "redirect_status": status,
    }


def test_a_payment_that_the_customer_completes(sdk, visit, shop):
    waiting = sdk(
        "payment_intents.create", **MONEY, payment_method=CHALLENGED, confirm=True, return_url=shop
    )

    query = visit(waiting, "Complete")

    paid = sdk("payment_intents.retrieve", waiting.id, expand=["latest_charge"])
    assert (waiting.status, waiting.latest_charge) == ("requires_action", None)
    assert query == came_back("payment_intent", waiting, "succeeded")
    assert (paid.status, paid.amount_received) == ("succeeded", 2000)
    assert paid.latest_charge.payment_method_details.card.three_d_secure.result == "authenticated"


def test_a_payment_that_the_customer_fails(sdk, visit, shop):
    waiting = sdk(
        "payment_intents.create", **MONEY, payment_method=CHALLENGED, confirm=True, return_url=shop
    )

    query = visit(waiting, "Fail")

    failed = sdk("payment_intents.retrieve", waiting.id)
    assert query == came_back("payment_intent", waiting, "failed")
    assert (failed.status, failed.last_payment_error.code) == (
        "requires_payment_method", "payment_intent_authentication_failure",
    )  # fmt: skip
    paid = sdk("payment_intents.confirm", waiting.id, payment_method="pm_card_visa")
    assert paid.status == "succeeded"


def test_a_payment_that_is_declined_after_all(sdk, visit, shop):
    waiting = sdk(
        "payment_intents.create", **MONEY, payment_method="pm_card_threeDSecureRequiredChargeDeclined",
        confirm=True, return_url=shop,
    )  # fmt: skip

    query = visit(waiting, "Complete")

    failed = sdk("payment_intents.retrieve", waiting.id)
    assert query["redirect_status"] == "failed"
    assert (failed.status, failed.last_payment_error.code) == (
        "requires_payment_method", "card_declined",
    )  # fmt: skip


def test_a_hold_that_the_customer_completes(sdk, visit, shop):
    waiting = sdk(
        "payment_intents.create", **MONEY, payment_method=CHALLENGED, confirm=True, return_url=shop,
        capture_method="manual",
    )  # fmt: skip

    visit(waiting, "Complete")

    held = sdk("payment_intents.retrieve", waiting.id)
    captured = sdk("payment_intents.capture", waiting.id, amount_to_capture=1500)
    assert (held.status, held.amount_capturable) == ("requires_capture", 2000)
    assert (captured.status, captured.amount_received) == ("succeeded", 1500)


@pytest.mark.parametrize(("choice", "status"), [("Complete", "succeeded"), ("Fail", "failed")])
def test_a_card_that_is_saved(sdk, visit, shop, choice, status):
    customer = sdk("customers.create", email="jenny@example.com").id
    waiting = sdk(
        "setup_intents.create", customer=customer, payment_method=CHALLENGED, confirm=True,
        return_url=shop,
    )  # fmt: skip

    query = visit(waiting, choice)

    ended = sdk("setup_intents.retrieve", waiting.id)
    kept = [each.id for each in sdk("payment_methods.list", customer=customer)]
    assert query == came_back("setup_intent", waiting, status)
    if choice == "Complete":
        assert (ended.status, kept) == ("succeeded", [ended.payment_method])
    else:
        assert (ended.status, kept) == ("requires_payment_method", [])
        assert ended.last_setup_error.code == "setup_intent_authentication_failure"


def test_a_card_that_was_set_up_pays_without_its_customer(sdk, visit, shop):
    customer = sdk("customers.create", email="jenny@example.com").id
    waiting = sdk(
        "setup_intents.create", customer=customer, payment_method="pm_card_authenticationRequiredOnSetup",
        confirm=True, return_url=shop,
    )  # fmt: skip
    visit(waiting, "Complete")
    method = sdk("setup_intents.retrieve", waiting.id).payment_method

    absent = {"payment_method": method, "customer": customer, "off_session": True, "confirm": True}
    paid = sdk("payment_intents.create", **MONEY, **absent)

    assert paid.status == "succeeded"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        (CHALLENGED, "authentication_required"),
        ("pm_card_authenticationRequired", "authentication_required"),
        (
            "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",
            "authentication_required",
        ),
    ],
)
def test_nobody_authenticates_without_the_customer(sdk, name, code):
    with pytest.raises(stripe.CardError) as refusal:
        sdk("payment_intents.create", **MONEY, payment_method=name, off_session=True, confirm=True)

    assert (refusal.value.code, refusal.value.error.decline_code) == (code, code)


@pytest.mark.parametrize("name", ["threeDSecureOptional", "amex_threeDSecureNotSupported"])
def test_cards_that_need_no_authentication(sdk, name):
    paid = sdk("payment_intents.create", **MONEY, payment_method=f"pm_card_{name}", confirm=True)

    assert paid.status == "succeeded"


@pytest.mark.node
@pytest.mark.parametrize(("choice", "status"), [("Complete", "succeeded"), ("Fail", "failed")])
def test_a_payment_from_node(flow, visit, shop, choice, status):
    waiting = flow("authentication", SHOP=shop)

    query = visit(waiting, choice)

    ended = flow("retrieval", INTENT=waiting["id"])
    assert query == came_back("payment_intent", waiting, status)
    assert (
        ended["status"] == {"succeeded": "succeeded", "failed": "requires_payment_method"}[status]
    )
