"""Deep links: one thing alone can be seen and done, and then the customer is led on as the merchant said."""

import pytest

from portal.models import PortalSession
from portal.services import flows
from tests.portal.subscribing import plans

HOME = {"type": "portal_homepage"}
REDIRECT = {"type": "redirect", "redirect": {"return_url": "https://shop.example.com/thanks"}}
WORDS = {"type": "hosted_confirmation", "hosted_confirmation": {"custom_message": "Bye for now."}}
PAGES = ["overview", "invoices", "subscriptions", "addresses", "consent", "devices"]


def flow(jenny, kind, after=HOME, **more):
    """Let the session be for one thing."""
    said = {"subscription": jenny.made["id"], **more}
    jenny.session.flow = {"type": kind, kind: said, "after_completion": after}
    jenny.session.save()


@pytest.mark.parametrize(
    ("kind", "begins"),
    [
        ("subscription_cancel", "/cancel"),
        ("subscription_pause", "/pause"),
        ("subscription_update", "/plan"),
    ],
)
@pytest.mark.parametrize("page", PAGES)
def test_other_pages_lead_to_the_one_where_it_begins(account, kind, begins, page):
    jenny = account()
    flow(jenny, kind)

    answer = jenny.client.get(f"/portal/acme/{page}")

    assert (answer.status_code, answer["Location"]) == (302, f"{jenny.path}{begins}")


def test_its_page_has_no_way_to_others_but_back_to_the_merchant(account):
    jenny = account(columns={"return_url": "https://shop.example.com/account"})
    flow(jenny, "subscription_cancel")

    page = jenny.text("/cancel")

    assert 'class="tabs"' not in page
    assert 'href="https://shop.example.com/account"' in page
    assert '/portal/acme/subscriptions"' not in page


def test_other_subscriptions_are_not_reached(account, shop):
    jenny = account()
    other = shop.subscribe(jenny.customer.pk, shop.price(700))
    flow(jenny, "subscription_cancel")

    answer = jenny.client.post(f"/portal/acme/subscriptions/{other['id']}/cancel")

    assert answer["Location"] == f"{jenny.path}/cancel"
    assert shop.again(other)["cancel_at"] is None


def test_who_is_to_see_the_portal_then_does(account):
    jenny = account()
    flow(jenny, "subscription_cancel")

    answer = jenny.post("/cancel", {"reason": "", "comment": ""})

    assert answer["Location"] == "/portal/acme/overview"
    assert PortalSession.objects.get().flow == {}
    assert jenny.client.get("/portal/acme/overview").status_code == 200


def test_who_is_to_go_back_is_taken_there_by_a_page(account):
    jenny = account()
    flow(jenny, "subscription_cancel", REDIRECT)

    answer = jenny.post("/cancel", {"reason": "", "comment": ""})
    page = jenny.client.get(answer["Location"]).content.decode()

    assert answer["Location"] == "/portal/acme/done"
    assert '<meta http-equiv="refresh" content="1; url=https://shop.example.com/thanks">' in page
    assert "Go on to shop.example.com" in page
    assert "Your subscription is canceled." in page


def test_confirmation_says_what_the_merchant_says_and_is_all_there_is(account):
    jenny = account()
    flow(jenny, "subscription_cancel", WORDS)
    jenny.post("/cancel", {"reason": "", "comment": ""})

    page = jenny.client.get("/portal/acme/done").content.decode()

    assert "Bye for now." in page
    assert jenny.client.get("/portal/acme/overview")["Location"] == "/portal/acme/done"
    assert jenny.page("/cancel")["Location"] == "/portal/acme/done"


def test_who_pauses_instead_is_not_said_good_bye(account):
    jenny = account(features={"subscription_pause": {"enabled": True}})
    flow(jenny, "subscription_cancel", WORDS)

    answer = jenny.post("/pause", {"until": "0"})
    page = jenny.client.get(answer["Location"]).content.decode()

    assert "Your subscription is paused." in page
    assert "Bye for now." not in page


def test_change_that_the_merchant_prepared_is_confirmed(account, shop):
    dear = shop.price(3000)
    jenny = account(features=lambda made: {"subscription_update": plans(made.price, dear)})
    item = jenny.made["items"]["data"][0]["id"]
    flow(
        jenny, "subscription_update_confirm", WORDS,
        items=[{"id": item, "price": dear, "quantity": 2}],
    )  # fmt: skip

    begun = jenny.client.get("/portal/acme/overview")["Location"]
    page = jenny.client.get(begun)
    answer = jenny.post("/plan/confirm", {"proof": page.context["preview"].proof})

    assert begun == f"{jenny.path}/plan/confirm"
    assert page.context["new"] == ("2 × Gold", "$60.00 per month")
    assert page.context["other_url"] == ""
    assert answer["Location"] == "/portal/acme/done"
    assert shop.again(jenny.made)["items"]["data"][0]["quantity"] == 2


def test_prepared_change_that_cannot_be_made_says_so(account, shop):
    jenny = account()
    flow(jenny, "subscription_update_confirm", items=[{"id": "si_1", "price": "price_gone"}])

    page = jenny.page("/plan/confirm")

    assert page.status_code == 409
    assert "Change Gold" in page.content.decode()


def test_confirming_needs_a_prepared_change(account):
    jenny = account()

    assert jenny.page("/plan/confirm")["Location"] == f"{jenny.path}/plan"


def test_method_that_was_saved_ends_its_flow(account, shop):
    jenny = account()
    jenny.session.flow = {"type": "payment_method_update", "after_completion": WORDS}
    jenny.session.save()

    class Visit:
        session = jenny.session
        flow = jenny.session.flow

        def address(self, name, *args):
            return name

    elsewhere = flows.completed(Visit(), "subscription_cancel")
    where = flows.completed(Visit(), "payment_method_update")

    assert (elsewhere, where) == (None, "flow-done")
    assert "Bye for now." in jenny.client.get("/portal/acme/done").content.decode()


def test_nothing_is_done_for_who_came_freely(account):
    jenny = account()

    assert jenny.client.get("/portal/acme/done")["Location"] == "/portal/acme/overview"


def test_invoice_that_is_paid_ends_its_flow(account, shop):
    jenny = account(payment_behavior="default_incomplete")
    invoice = shop.invoices(jenny.made)[0]["id"]
    jenny.session.flow = {
        "type": "pay_invoice", "pay_invoice": {"invoice": invoice}, "after_completion": WORDS,
    }  # fmt: skip
    jenny.session.save()

    begun = jenny.client.get("/portal/acme/overview")["Location"]
    shown = jenny.client.get(begun).status_code
    shop.post(f"invoices/{invoice}/pay")
    ended = jenny.client.get(begun)["Location"]

    assert (begun, shown) == (f"/portal/acme/invoices/{invoice}", 200)
    assert ended == "/portal/acme/done"
