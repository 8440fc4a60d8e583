"""A card is typed into a page in a real browser: helped with, looked at, and given to its vault and to nobody else."""

import json
import os
import re

import orjson
import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from playwright.sync_api import expect

from customers.kit import clock, sealing
from customers.models import Customer
from customers.services import demo
from payments.forms import card_entry
from payments.models import Charge, GatewayAccount, PaymentMethod
from payments.services import gateway_accounts, hosted_links
from tests.journeys.card_pages import link, pay, scope

__all__ = ["link", "pay", "scope"]
pytestmark = pytest.mark.browser
PAYS = "4242424242424242"
FULL_WIDTH = "４２４２４２４２４２４２４２４２"  # noqa: RUF001 -- as Japanese keyboards write digits


def fill(page, number=PAYS, expiry="12/34", code="123", name="Jenny Rosen"):
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiry").fill(expiry)
    page.get_by_label("Security code").fill(code)
    page.get_by_label("Name on the card").fill(name)


def send(page):
    page.get_by_role("button", name=re.compile("Pay|Save")).click()


def error_of(page, label):
    return page.locator(".field", has=page.get_by_label(label)).locator(".error")


def shoot(page, name):
    folder = os.environ.get("SHOTS")
    if folder:
        page.screenshot(path=f"{folder}/card-{name}.png", full_page=True)


def statuses(link):
    return list(Charge.objects.filter(link=link).values_list("status", flat=True))


# -- typing ------------------------------------------------------------------------------------------------------------


def test_number_is_grouped_while_it_is_typed_and_its_brand_shown(pay):
    page = pay()
    number = page.get_by_label("Card number")

    number.press_sequentially("37828224")

    expect(number).to_have_value("3782 8224")
    expect(page.get_by_alt_text("American Express")).to_be_visible()


def test_caret_stays_where_the_number_is_mended(pay):
    page = pay()
    number = page.get_by_label("Card number")
    number.fill("4242 4242 4242")
    number.evaluate("input => input.setSelectionRange(6, 6)")

    number.press("Backspace")
    number.press("9")
    number.press("9")

    expect(number).to_have_value("4242 9924 2424 2")
    assert number.evaluate("input => input.selectionStart") == 7


def test_full_width_digits_are_digits(pay):
    page = pay()
    number = page.get_by_label("Card number")

    number.focus()
    page.keyboard.insert_text(FULL_WIDTH)

    expect(number).to_have_value("4242 4242 4242 4242")


def test_expiry_is_helped_with_forwards_only(pay):
    page = pay()
    expiry = page.get_by_label("Expiry")

    expiry.press_sequentially("934")
    expect(expiry).to_have_value("09 / 34")
    for _ in range(5):
        expiry.press("Backspace")
    expect(expiry).to_have_value("09")
    expiry.fill("2034-12")
    expiry.blur()

    expect(expiry).to_have_value("12 / 34")


def test_nobody_is_told_off_while_typing(pay):
    page = pay()
    number = page.get_by_label("Card number")
    error = error_of(page, "Card number")

    number.press_sequentially("4242424242424241")
    expect(error).to_be_hidden()
    number.blur()
    expect(error).to_have_text("This number is not right. Compare it with your card.")
    number.press("End")
    number.press("Backspace")
    number.press("2")

    expect(error).to_be_hidden()
    expect(number).to_have_attribute("aria-invalid", "false")


def test_empty_form_is_told_of_in_one_place(pay):
    page = pay(width=390, height=800)

    page.keyboard.press("Escape")
    send(page)

    summary = page.locator("[data-card-summary]")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("link")).to_have_text(
        [
            "Enter the number of your card.",
            "Enter the date on which your card expires.",
            "Enter the security code of your card.",
            "Enter the name on your card.",
        ]
    )
    shoot(page, "empty-390-light")
    summary.get_by_role("link").nth(2).click()
    expect(page.get_by_label("Security code")).to_be_focused()


# -- giving a card away ------------------------------------------------------------------------------------------------


def test_number_goes_to_the_vault_without_cookies_and_nowhere_else(pay, link, server):
    page = pay()
    page.context.add_cookies([{"name": "sessionid", "value": "quiet-harbour", "url": server}])
    sent = []
    page.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
    fill(page)

    send(page)

    expect(page.get_by_role("heading", name="Thank you, it is paid")).to_be_visible()
    assert statuses(link) == ["succeeded"]
    vault, form = sent[0], sent[1]
    assert [request.url.removeprefix(server) for request in (vault, form)] == [
        "/v1/tokens", f"/pay/{link.key}",
    ]  # fmt: skip
    assert "cookie" not in vault.all_headers()
    assert "sessionid=quiet-harbour" in form.all_headers()["cookie"]
    assert json.loads(vault.post_data)["card"]["number"] == PAYS
    fields = re.findall(r"(?:^|&)([a-z_]+)=", form.post_data)
    assert sorted(fields) == ["act_key", "csrfmiddlewaretoken", "token"]
    assert re.search(r"(?:^|&)token=tok_[a-z0-9]+(?:&|$)", form.post_data)


def test_refused_number_is_told_at_its_field_and_can_be_mended(pay, link):
    page = pay()
    fill(page, number="4532015112830366")

    send(page)

    error = error_of(page, "Card number")
    expect(error).to_have_text("Only published test numbers are taken here.")
    expect(page.get_by_label("Card number")).to_be_focused()
    shoot(page, "refused-1280-light")
    page.get_by_label("Card number").fill(PAYS)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Thank you, it is paid")).to_be_visible()
    assert statuses(link) == ["succeeded"]


def test_vault_that_cannot_be_reached_is_told_of(pay, link):
    page = pay()
    page.route("**/v1/tokens", lambda route: route.fulfill(status=200, body="no answer"))
    fill(page)

    send(page)

    summary = page.locator("[data-card-summary]")
    expect(summary).to_contain_text("The payment service does not answer. Nothing was charged.")
    assert statuses(link) == []


def test_page_that_was_open_for_long_gets_another_key(pay, link):
    page = pay()
    told = {"error": {"code": "api_key_expired", "type": "invalid_request_error"}}
    asked = []

    def answer(route):
        asked.append(route.request.headers["authorization"])
        if len(asked) == 1:  # as 402, of which nobody complains
            return route.fulfill(status=402, json=told)
        return route.continue_()

    page.route("**/v1/tokens", answer)
    fill(page)

    send(page)

    expect(page.get_by_role("heading", name="Thank you, it is paid")).to_be_visible()
    assert len(set(asked)) == 2
    assert statuses(link) == ["succeeded"]


def test_card_is_saved_after_its_bank_has_asked(open_page, scope):
    customer = Customer.objects.get(name="Freya Sørensen")
    before = PaymentMethod.objects.of_customer(customer).count()
    page = open_page(width=390, height=800)
    page.goto(hosted_links.make(customer, kinds=["card"], at=clock.now()))
    fill(page, number="4000002500003155")

    send(page)
    page.get_by_role("button", name="Complete").click()

    expect(page.get_by_text("can be used for your payments now")).to_be_visible()
    assert PaymentMethod.objects.of_customer(customer).count() == before + 1


# -- the scripts of gateways -------------------------------------------------------------------------------------------


@pytest.fixture
def use(link):
    """Let a gateway take the merchant's money, until the test ends."""
    before = gateway_accounts.active()
    made = []

    def used(kind, **credentials):
        GatewayAccount.objects.filter(is_active=True).update(is_active=False)
        row = GatewayAccount.belonging_to(
            before, kind=kind, name=kind, created_at=clock.now(),
            credentials=sealing.seal(orjson.dumps({"secret_key": "sk", **credentials})),
        )  # fmt: skip
        row.save(force_insert=True)
        made.append(row)

    yield used
    for row in made:
        row.delete()
    GatewayAccount.objects.filter(pk=before.pk).update(is_active=True)


def serve(page, url, script):
    page.route(url, lambda route: route.fulfill(content_type="text/javascript", body=script))


def taken(page, link):
    """Let the form's answer be looked at instead of being sent on."""
    sent = []

    def answer(route):
        if route.request.method != "POST":
            return route.continue_()
        sent.append(route.request.post_data)
        return route.fulfill(content_type="text/html", body="<h1>Taken</h1>")

    page.route(f"**/pay/{link.key}", answer)
    return sent


_OMISE = """
window.Omise = {
    setPublicKey(key) { this.key = key; },
    createToken(kind, card, done) {
        sessionStorage.given = JSON.stringify([this.key, kind, card]);
        if (card.security_code === "999") done(400, { code: "invalid_card", message: "security code is invalid" });
        else done(200, { object: "token", id: "tokn_test_1" });
    },
};
"""
_STRIPE = """
window.Stripe = (key, options) => ({
    elements(asked) {
        const { mode, currency, appearance } = asked;
        sessionStorage.given = JSON.stringify([key, options.locale, mode, currency, appearance.theme]);
        sessionStorage.look = JSON.stringify(asked.appearance.variables);
        return {
            create(kind) {
                const frame = document.createElement("iframe");
                frame.src = "https://js.stripe.com/v3/frame.html";
                frame.title = kind;
                return { mount(place) { place.append(frame); }, destroy() { frame.remove(); } };
            },
            async submit() {
                const isRefused = sessionStorage.refuses === "submit";
                return isRefused ? { error: { type: "validation_error", code: "incomplete_number" } } : {};
            },
        };
    },
    async createPaymentMethod() {
        const isRefused = sessionStorage.refuses === "method";
        const error = { type: "card_error", code: "card_declined", decline_code: "insufficient_funds" };
        return isRefused ? { error } : { paymentMethod: { id: "pm_1Fake" } };
    },
});
"""


def test_omises_script_takes_the_card_to_its_vault(open_page, link, use):
    use("omise", public_key="pkey_test_1")
    page = open_page()
    serve(page, "https://cdn.omise.co/omise.js", _OMISE)
    sent = taken(page, link)
    page.goto(f"/pay/{link.key}")
    fill(page, code="999")

    send(page)
    expect(error_of(page, "Security code")).to_have_text(
        "This security code is not right. Compare it with your card."
    )
    page.get_by_label("Security code").fill("123")
    send(page)

    expect(page.get_by_role("heading", name="Taken")).to_be_visible()
    assert json.loads(page.evaluate("sessionStorage.given")) == [
        "pkey_test_1",
        "card",
        {"name": "Jenny Rosen", "number": PAYS, "expiration_month": 12, "expiration_year": 2034,
         "security_code": "123"},
    ]  # fmt: skip
    assert [PAYS in body for body in sent] == [False]
    assert "token=tokn_test_1" in sent[0]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_stripes_fields_are_in_a_frame_and_ours_nowhere(open_page, link, use, scheme):
    use("stripe", publishable_key="pk_test_1")
    page = open_page(scheme=scheme)
    serve(page, "https://js.stripe.com/v3/", _STRIPE)
    page.route(
        "https://js.stripe.com/v3/frame.html",
        lambda route: route.fulfill(content_type="text/html", body="<p>Stripe's fields</p>"),
    )
    sent = taken(page, link)
    page.goto(f"/pay/{link.key}")
    expect(page.frame_locator("iframe").get_by_text("Stripe's fields")).to_be_visible()
    expect(page.locator("[data-card-part]")).to_have_count(0)
    shoot(page, f"stripe-1280-{scheme}")
    page.evaluate("sessionStorage.refuses = 'method'")

    send(page)
    expect(page.locator("[data-card-summary]")).to_contain_text("not enough money on the card")
    page.evaluate("sessionStorage.refuses = 'submit'")
    send(page)
    expect(page.locator("[data-card-summary]")).to_be_hidden()
    page.evaluate("sessionStorage.refuses = ''")
    send(page)

    expect(page.get_by_role("heading", name="Taken")).to_be_visible()
    theme = {"light": "stripe", "dark": "night"}[scheme]
    assert json.loads(page.evaluate("sessionStorage.given")) == [
        "pk_test_1", "en", "setup", "thb", theme,
    ]  # fmt: skip
    colours = json.loads(page.evaluate("sessionStorage.look"))
    assert colours["colorBackground"] == {"light": "#ffffff", "dark": "#171b21"}[scheme]
    assert len(sent) == 1
    assert "token=pm_1Fake" in sent[0]


def test_script_that_does_not_come_is_told_of(open_page, link, use):
    use("omise", public_key="pkey_test_1")
    page = open_page()
    serve(page, "https://cdn.omise.co/omise.js", "")

    page.goto(f"/pay/{link.key}")

    expect(page.locator("[data-card-summary]")).to_contain_text("could not be loaded")


# -- for everybody -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_keeps_people_from_typing_a_card(pay, barriers, scheme, width):
    page = pay(width=width, height=800, scheme=scheme)
    page.keyboard.press("Escape")
    send(page)
    expect(page.locator("[data-card-summary]")).to_be_focused()

    shoot(page, f"errors-{width}-{scheme}")

    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_scripts_nothing_is_typed(open_page, link):
    page = open_page(script=False)

    page.goto(f"/pay/{link.key}")

    expect(page.get_by_text("this page needs JavaScript")).to_be_visible()
    expect(page.get_by_label("Card number")).to_be_hidden()
    expect(page.get_by_role("button")).to_have_count(0)


# -- the security code of a saved card ---------------------------------------------------------------------------------


@pytest.fixture
def saved_page(open_page, link):
    """Opens a form that offers a saved card, whose code is asked for, and a new one; as the portal and checkout do."""
    request = RequestFactory().get("/")
    entry = card_entry.opened(request, demo.site(), page="test", at=clock.now())
    parts = "".join(
        render_to_string(f"payments/elements/{name}.html", {"entry": entry, "card": "Visa •••• 4242", **more})
        for name, more in (
            ("card_code", {"brand": "visa", "when": "method!=new"}),
            ("card_entry", {"when": "method=new"}),
        )
    )  # fmt: skip
    choice = "".join(
        f'<label><input type="radio" name="method" value="{value}"{mark}>{value}</label>'
        for value, mark in (("pm_1", " checked"), ("new", ""))
    )
    body = f'<!doctype html><html lang="en"><title>Pay</title><body class="door"><form method="post">{choice}{parts}<button type="submit">Pay</button></form>'  # noqa: E501 -- a page

    def opened():
        page = open_page()
        sent = []

        def answer(route):
            if route.request.method != "POST":
                return route.fulfill(content_type="text/html; charset=utf-8", body=body)
            sent.append(route.request.post_data)
            return route.fulfill(content_type="text/html", body="<h1>Taken</h1>")

        page.route(f"**/pay/{link.key}", answer)
        page.goto(f"/pay/{link.key}")
        return page, sent

    return opened


def test_saved_card_is_paid_with_its_code_alone(saved_page):
    page, sent = saved_page()
    code = page.get_by_label("Security code of Visa •••• 4242")
    expect(page.get_by_label("Card number")).to_be_hidden()

    code.fill("12")
    page.get_by_role("button").click()
    expect(page.locator("#card-code_error")).to_have_text(
        "The security code has three digits, on the back."
    )
    code.fill("123")
    page.get_by_role("button").click()

    expect(page.get_by_role("heading", name="Taken")).to_be_visible()
    assert len(sent) == 1
    assert re.search(r"(?:^|&)cvc_token=cvctok_[a-z0-9]+(?:&|$)", sent[0])
    assert "token=&" in f"{sent[0]}&"
    assert "123" not in re.findall(r"=([^&]*)", sent[0])


def test_new_card_is_typed_where_it_is_chosen(saved_page):
    page, sent = saved_page()

    page.get_by_label("new").check()
    expect(page.get_by_label("Security code of Visa •••• 4242")).to_be_hidden()
    page.get_by_label("Card number").fill(PAYS)
    page.get_by_label("Expiry").fill("12/34")
    page.locator("#card-cvc").fill("123")
    page.get_by_label("Name on the card").fill("Jenny Rosen")
    page.get_by_role("button").click()

    expect(page.get_by_role("heading", name="Taken")).to_be_visible()
    assert re.search(r"(?:^|&)token=tok_[a-z0-9]+", sent[0])
    assert "cvc_token=&" in f"{sent[0]}&"
