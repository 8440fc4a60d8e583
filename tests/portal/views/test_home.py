"""The overview says what needs the customer, what comes next, and what there is."""

import html
import re

import pytest

from customers.kit import clock
from portal.services import configurations
from tests.seeds import statements as seeds

PATH = "/portal/acme/overview"


def text_of(answer):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def concerns_of(answer):
    found = re.findall(
        r'<li class="notice (\w+)"><p><strong>(.*?)</strong>', answer.content.decode()
    )
    return [(tone, html.unescape(title)) for tone, title in found]


@pytest.fixture
def look(scope, sign_in, client):
    def look(customer, **columns):
        sign_in(customer, **columns)
        return client.get(PATH)

    return look


def test_new_customer_is_told_what_will_stand_here(look, customer):
    answer = look(customer)

    said = text_of(answer)
    assert answer.status_code == 200
    assert "There is nothing to pay." in said
    assert "There is nothing here yet." in said
    assert "No card or bank account is saved." in said


def test_configuration_has_its_own_headline_and_policies(look, customer):
    profile = {
        "headline": "Everything about your plants",
        "privacy_policy_url": "https://example.com/plants/privacy",
    }
    site = customer.site
    type(site).objects.filter(pk=site.pk).update(
        privacy_url="https://example.com/privacy", terms_url="https://example.com/terms"
    )
    configuration = configurations.default(at=clock.now())
    configurations.update(configuration, details=profile, at=clock.now())

    answer = look(customer)

    assert "Everything about your plants" in text_of(answer)
    assert answer.context["legal"] == {
        "terms_url": "https://example.com/terms",
        "privacy_url": "https://example.com/plants/privacy",
    }
    page = answer.content.decode()
    assert 'href="https://example.com/plants/privacy"' in page
    assert 'href="https://example.com/privacy"' not in page


def test_contented_customer_sees_the_next_payment_first(look):
    answer = look(seeds.contented())

    said = text_of(answer)
    assert concerns_of(answer) == []
    for words in ("Next payment $29.00 On ", "charged automatically", "Visa •••• 4242"):
        assert words in said
    for words in ("Acme Premium", "$29.00 per month", "Paid", "Credited -$7.25", "Jenny Rosen"):
        assert words in said
    assert "San Francisco, CA 94102" in said


def test_what_has_failed_stands_before_what_is_only_to_be_known(look):
    answer = look(seeds.troubled())

    found = concerns_of(answer)
    assert [tone for tone, _title in found] == ["bad", "bad", "bad", "warn", "plain", "plain"]
    titles = [title for _tone, title in found]
    assert titles[0].startswith("$135.00 was due on ")
    assert titles[1] == "Your payment of $29.00 did not go through"
    assert titles[2] == "Visa •••• 4242 has expired"
    assert titles[3] == "Your bank account is not verified yet"
    assert titles[4].startswith("$240.00 is due on ")
    assert titles[5] == "Acme Archive is paused"


def test_bank_that_asks_is_told_of(look, customer):
    bill = seeds.invoice(customer, "Oak", ago=1, status="open", attempt_count=1)
    seeds.confirmed_at_the_bank(bill)

    answer = look(customer)

    assert concerns_of(answer) == [("bad", "Your bank asks you to confirm a payment of $29.00")]
    assert f'href="/portal/acme/invoices/{bill.pk}"' in answer.content.decode()


def test_customer_without_a_method_is_asked_for_one(look, customer):
    seeds.subscription(customer, "Gold")

    answer = look(customer)

    assert concerns_of(answer) == [("bad", "There is nothing to pay your next bill with")]
    assert 'href="/portal/acme/methods/add"' in answer.content.decode()


def test_subscription_that_ends_is_told_of(look, customer):
    seeds.subscription(customer, "Gold", cancels_at_period_end=True)

    answer = look(customer)

    assert concerns_of(answer) == [("plain", "Gold ends soon")]
    assert "Ends on" in text_of(answer)


def test_backup_card_that_expires_needs_nobody(look, customer):
    seeds.card(customer)
    seeds.card(customer, exp_year=2020)

    answer = look(customer)

    assert concerns_of(answer) == []


def test_thai_is_read_in_its_own_years(look):
    answer = look(seeds.contented("th", "thb", 101_500))

    said = text_of(answer)
    assert "฿1,015.00" in said
    assert re.search(r"\b25[67]\d\b", said)
    assert not re.search(r"\b20[23]\d\b", said)


def test_page_takes_few_queries(look, client, django_assert_max_num_queries):
    customer = seeds.troubled()
    look(customer)

    with django_assert_max_num_queries(12):
        answer = client.get(PATH)

    assert answer.status_code == 200
