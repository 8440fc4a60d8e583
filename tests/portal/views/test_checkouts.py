"""The page of a checkout: by new customers, step by step, with what may come between."""

import re
from datetime import timedelta

import pytest

from customers.models import Customer
from payments.billing.models import Subscription
from payments.models import PaymentMethod
from portal.models import CheckoutSession
from portal.services import checkouts
from tests.card_entry import token_of
from tests.portal.checking_out import CLUB, LAMP, through_the_bank, till

__all__ = ["till"]
EMAIL = {"act": "details", "email": "jenny@example.com", "name": "Jenny Rosen"}
MINUS = "\N{MINUS SIGN}"
DECLINED, ASKS = "4000000000000002", "4000000000003220"


def path_of(session):
    return f"/checkout/{session.secret}"


def text_of(page):
    return page.content.decode()


def described(client, session, **typed):
    return client.post(path_of(session), {**EMAIL, **typed})


def pay(client, session, *, number="4242424242424242", key="k" * 24, **typed):
    """Type a card into the page that is shown, and send its token."""
    page = client.get(path_of(session))
    token = token_of(client, page, number=number)
    amount = checkouts.get(session.pk).amount_due
    said = {"act": "pay", "amount": amount, "token": token, "act_key": key, **typed}
    return client.post(path_of(session), said)


def test_a_new_customer_says_who_they_are_and_pays(client, till):
    session = till.session()
    first = client.get(path_of(session))

    described(client, session)
    answer = pay(client, session)
    done = client.get(path_of(session))

    assert "Two lamps" not in text_of(first)
    assert "$30.00" in text_of(first)
    assert "data-card-key" not in text_of(first)
    assert (answer.status_code, answer["Location"]) == (302, path_of(session))
    row = checkouts.get(session.pk)
    assert (row.status, row.payment_status, row.customer.email) == (
        "complete", "paid", "jenny@example.com",
    )  # fmt: skip
    landing = f"https://shop.example.com/thanks?session={session.pk}"
    assert f'http-equiv="refresh" content="0; url={landing}"' in text_of(done)


def test_no_answer_to_a_form_leads_to_another_host(client, till):
    session = till.session()
    described(client, session)

    answer = pay(client, session, number=ASKS)
    bank = client.get(answer["Location"])

    assert answer["Location"] == path_of(session)
    assert bank.status_code == 200
    assert "Your bank asks whether it is you" in text_of(bank)
    assert 'http-equiv="refresh" content="0; url=' in text_of(bank)


def test_the_bank_leads_back_and_it_is_paid(client, till):
    session = till.session()
    described(client, session)
    pay(client, session, number=ASKS)

    back = through_the_bank(client, checkouts.get(session.pk))
    shown = client.get(back.removeprefix("http://127.0.0.1:8000"), follow=True)

    assert "Thank you for your order" in text_of(shown)
    assert checkouts.get(session.pk).status == "complete"


def test_whoever_the_bank_does_not_know_tries_another_card(client, till):
    session = till.session()
    described(client, session)
    pay(client, session, number=ASKS)

    back = through_the_bank(client, checkouts.get(session.pk), "fail")
    shown = client.get(back.removeprefix("http://127.0.0.1:8000"), follow=True)
    again = pay(client, session, key="another" * 4)

    assert 'role="alert"' in text_of(shown)
    assert again.status_code == 302
    assert checkouts.get(session.pk).status == "complete"


def test_a_declined_card_says_so_and_another_one_pays(client, till):
    session = till.session()
    described(client, session)

    page = pay(client, session, number=DECLINED)
    key = re.search(r'name="act_key" value="([^"]+)"', text_of(page))[1]
    pay(client, session, key=key)

    assert page.status_code == 400
    assert key != "k" * 24
    assert "Your bank refused this card." in text_of(page)
    assert checkouts.get(session.pk).status == "complete"


def test_a_subscription_with_a_trial_takes_a_card_and_nothing_yet(client, till):
    session = till.subscription(subscription_data={"trial_period_days": 14})
    page = client.get(path_of(session))
    described(client, session)

    pay(client, session)

    assert "The first 14 days cost nothing." in text_of(page)
    assert "then $10.00 every month" in text_of(page)
    assert Subscription.objects.get().status == "trialing"
    assert checkouts.get(session.pk).payment_status == "no_payment_required"


def test_a_card_is_saved_and_nothing_paid(client, till):
    session = till.session(mode="setup", currency="usd")
    described(client, session)

    pay(client, session)

    assert "Your card is saved" in text_of(client.get(path_of(session)))
    assert PaymentMethod.objects.get().customer == Customer.objects.get()


def test_a_quantity_is_chosen(client, till):
    choosing = {"enabled": True, "minimum": 1, "maximum": 5}
    session = till.session({**LAMP, "adjustable_quantity": choosing})
    item = checkouts_items(session)[0].pk

    client.post(path_of(session), {"act": "quantity", "item": item, "quantity": "4"})
    refused = client.post(
        path_of(session), {"act": "quantity", "item": item, "quantity": "6"}, follow=True
    )

    assert checkouts.get(session.pk).amount_due == 6000
    assert "So many cannot be chosen." in text_of(refused)


def checkouts_items(session):
    return list(session.items.order_by("position"))


def test_a_promotion_code_takes_something_off(client, till):
    coupon = till.post("coupons", percent_off=50, duration="once")["id"]
    till.post(
        "promotion_codes", {"promotion": {"type": "coupon", "coupon": coupon}, "code": "HALF"}
    )
    session = till.session(allow_promotion_codes=True)

    wrong = client.post(path_of(session), {"act": "code", "code": "NOPE"}, follow=True)
    half = client.post(path_of(session), {"act": "code", "code": "half"}, follow=True)
    whole = client.post(path_of(session), {"act": "remove_code"}, follow=True)

    assert "This promotion code does not work here." in text_of(wrong)
    assert f"{MINUS}$15.00" in text_of(half)
    assert f"{MINUS}$15.00" not in text_of(whole)


def test_all_that_the_merchant_asks_for_is_asked_and_kept(client, till):
    session = till.session(
        shipping_address_collection={"allowed_countries": ["GB", "JP"]},
        billing_address_collection="required",
        phone_number_collection={"enabled": True},
        tax_id_collection={"enabled": True},
        custom_fields=[{"key": "size", "label": {"type": "custom", "custom": "Size"}, "type": "dropdown",
                        "dropdown": {"options": [{"label": "Small", "value": "s"}]}}],
    )  # fmt: skip
    missing = described(client, session)

    described(
        client, session, **{
            "phone": "+44 20 7946 0018", "business_name": "Rosen Ltd", "tax_kind": "gb_vat",
            "tax_value": "GB980780684", "custom-size": "s",
            "billing-country": "GB", "billing-line1": "1 Quay Road", "billing-city": "Bristol",
            "billing-postal_code": "BS1 4QA",
            "shipping-country": "JP", "shipping-name": "Jenny", "shipping-line1": "世田谷区若林4-31-8",
            "shipping-state": "東京都", "shipping-postal_code": "154-0023",
        },
    )  # fmt: skip

    assert missing.status_code == 400
    said = CheckoutSession.objects.get(pk=session.pk).collected
    assert said["shipping"]["address"]["state"] == "東京都"
    assert said["address"]["city"] == "Bristol"
    assert said["tax_ids"] == [{"type": "gb_vat", "value": "GB980780684"}]
    assert said["custom_fields"] == {"size": "s"}
    assert "data-card-key" in text_of(client.get(path_of(session)))


def test_what_is_missing_is_told_once_for_all_addresses(client, till):
    session = till.session(
        shipping_address_collection={"allowed_countries": ["GB"]},
        billing_address_collection="required",
        consent_collection={"terms_of_service": "required"},
    )

    countries = {"billing-country": "GB", "shipping-country": "GB"}
    page = text_of(described(client, session, email="nobody", **countries))

    assert page.count('class="errors" role="alert"') == 1
    summary = page.partition('class="errors" role="alert"')[2].partition("</div>")[0]
    assert re.findall('href="#([^"]+)"', summary) == [
        "id_email",
        "id_billing-line1", "id_billing-city", "id_billing-postal_code",
        "id_shipping-name", "id_shipping-line1", "id_shipping-city", "id_shipping-postal_code",
        "id_terms",
    ]  # fmt: skip


BUSINESS = {
    "business_name": "Rosen Tea", "tax_kind": "gb_vat", "tax_value": "GB980780684",
    "business-legal_name": "Rosen Tea Limited", "business-country": "GB",
    "business-line1": "2 Dock Street", "business-city": "Leeds", "business-postal_code": "LS10 1JF",
}  # fmt: skip


def test_a_business_has_an_address_of_its_own(client, till):
    session = till.session(
        tax_id_collection={"enabled": True}, billing_address_collection="required"
    )
    home = {
        "billing-country": "GB", "billing-line1": "1 Quay Road", "billing-city": "Bristol",
        "billing-postal_code": "BS1 4QA",
    }  # fmt: skip

    described(client, session, **BUSINESS, **home)
    page = text_of(client.get(path_of(session)))
    pay(client, session)

    customer = Customer.objects.get()
    business = customer.organization
    assert [page.count(city) for city in ("Leeds", "Bristol")] == [1, 1]
    assert (customer.name, customer.default_addresses["billing"]["city"]) == (
        "Jenny Rosen", "Bristol",
    )  # fmt: skip
    assert (business.name, business.legal_name, business.line1, business.city) == (
        "Rosen Tea", "Rosen Tea Limited", "2 Dock Street", "Leeds",
    )  # fmt: skip
    assert (business.tax_id_type, business.tax_id_value) == ("gb_vat", "GB980780684")


def test_a_link_for_businesses_asks_for_their_address(client, till):
    url = till.post(
        "payment_links", line_items=[LAMP], name_collection={"business": {"enabled": True}}
    )["url"]
    client.get("/checkout/link/" + url.rpartition("/")[2])
    session = CheckoutSession.objects.get()
    said = {name: value for name, value in BUSINESS.items() if not name.startswith("tax_")}

    described(client, session, **said)
    pay(client, session)

    assert Customer.objects.get().organization.city == "Leeds"


def test_whoever_buys_for_nobody_else_gives_no_business(client, till):
    session = till.session(tax_id_collection={"enabled": True})

    described(client, session)
    pay(client, session)

    assert Customer.objects.get().organization is None


def test_the_form_of_a_business_follows_its_country(client, till):
    session = till.session(tax_id_collection={"enabled": True})

    page = described(client, session, **{"business-country": "JP", "show": "1"})
    refused = described(client, session, **{**BUSINESS, "business-postal_code": "nonsense"})

    assert 'name="business-state"' in text_of(page)
    assert refused.status_code == 400
    assert CheckoutSession.objects.get(pk=session.pk).collected == {}


def test_a_business_is_kept_of_a_customer_who_is_known_without_one(client, till):
    pk = till.post("customers", email="jenny@example.com")["id"]
    session = till.session(
        customer=pk, tax_id_collection={"enabled": True}, customer_update={"name": "auto"}
    )

    described(client, session, **BUSINESS)
    pay(client, session)

    customer = Customer.objects.get(pk=pk)
    assert customer.organization.legal_name == "Rosen Tea Limited"


def test_only_countries_that_the_merchant_sends_to_can_be_chosen(client, till):
    session = till.session(shipping_address_collection={"allowed_countries": ["GB"]})

    page = described(client, session, **{"shipping-country": "JP", "shipping-name": "Jenny"})

    assert page.status_code == 400
    assert '<option value="JP"' not in text_of(page)


def test_nothing_is_shown_of_who_has_the_email_already(client, till):
    till.post("customers", email="jenny@example.com", name="Somebody Known", phone="+4420")
    session = till.session()

    page = client.post(path_of(session), {**EMAIL, "name": ""}, follow=True)

    assert "Somebody Known" not in text_of(page)
    assert "+4420" not in text_of(page)


def test_a_session_whose_time_is_over_leads_back(client, till):
    session = till.session(cancel_url="https://shop.example.com/cart")
    CheckoutSession.objects.filter(pk=session.pk).update(expires_at=till.at - timedelta(seconds=1))

    page = client.get(path_of(session))

    assert page.status_code == 410
    assert 'href="https://shop.example.com/cart"' in text_of(page)


def test_a_link_begins_a_session_each_time(client, till):
    url = till.post("payment_links", line_items=[LAMP])["url"]
    path = "/checkout/link/" + url.rpartition("/")[2]

    answer = client.get(f"{path}?prefilled_email=jenny@example.com")
    page = client.get(answer["Location"])

    session = CheckoutSession.objects.get()
    assert answer["Location"] == path_of(session)
    assert session.customer_email == "jenny@example.com"
    assert page.status_code == 200


def test_a_link_that_was_switched_off_says_so(client, till):
    made = till.post("payment_links", line_items=[LAMP])
    till.post(f"payment_links/{made['id']}", active=False)

    page = client.get("/checkout/link/" + made["url"].rpartition("/")[2])

    assert page.status_code == 410
    assert not CheckoutSession.objects.exists()


@pytest.mark.parametrize("path", ["/checkout/nothing", "/checkout/link/nothing"])
def test_what_is_not_there_is_not_found(client, site, path):
    assert client.get(path).status_code == 404


def test_a_session_speaks_the_language_that_it_was_made_for(client, till):
    page = client.get(path_of(till.subscription(CLUB, locale="th")))

    assert page["Content-Language"] == "th"
    assert "การสมัครสมาชิกของคุณ" in text_of(page)
