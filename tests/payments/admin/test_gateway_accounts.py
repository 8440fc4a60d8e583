"""The gateway of a site: chosen per mode by who may, checked when saved, never shown again."""

import pytest

from customers.events.models import Event
from customers.kit.tenancy import scoped_to
from customers.models import Role
from payments.gateways.base import Refused, Unknown
from payments.gateways.stripe.gateway import StripeGateway
from payments.models import GatewayAccount
from payments.services import gateway_accounts
from tests.customers.admin.page import errors, fields, rows
from tests.factories.payments import GatewayAccountFactory

LIST = "/admin/payments/gatewayaccount/"
STRIPE = f"{LIST}add/?kind=stripe"
KEY = "sk_test_not_a_real_key"


@pytest.fixture
def answering(monkeypatch):
    """Let Stripe answer the check of credentials; returns the keys that it was asked about."""
    seen = []

    def check(gateway):
        seen.append(gateway.access.credentials["secret_key"])
        return "Acme (acct_1)"

    monkeypatch.setattr(StripeGateway, "check", check)
    return seen


def silent(monkeypatch, error):
    def check(gateway):
        raise error

    monkeypatch.setattr(StripeGateway, "check", check)


def go_live(client, site):
    client.post("/admin/choose/", {"site": site.pk, "mode": "live"})


@pytest.mark.parametrize("role", Role.values)
def test_only_administrators_see_and_choose_gateways(signed_in, scope, nothing_written, role):
    client = signed_in(role)

    with nothing_written():
        codes = {client.get(url).status_code for url in (LIST, f"{LIST}add/", STRIPE)}

    assert codes == ({200} if role in {"owner", "admin"} else {403})
    if role not in {"owner", "admin"}:
        assert client.post(STRIPE, {"secret_key": KEY}).status_code == 403
        assert not GatewayAccount.objects.exists()


def test_test_mode_begins_with_the_sandbox(owner, scope):
    assert [cells[:3] for cells in rows(owner.get(LIST))] == [["Sandbox", "In use", "Sandbox"]]


def test_stripe_is_chosen_checked_and_told_of(owner, scope, answering):
    before = gateway_accounts.active()

    answer = owner.post(STRIPE, fields(owner.get(STRIPE), secret_key=KEY))

    account = gateway_accounts.active()
    assert answer.url == f"{LIST}{account.pk}/"
    assert (account.kind, account.name, answering) == ("stripe", "Acme (acct_1)", [KEY])
    assert KEY.encode() not in bytes(account.credentials)
    assert not GatewayAccount.objects.get(pk=before.pk).is_active
    event = Event.objects.get(type="gateway_account.chosen")
    assert event.snapshot == {
        "id": account.pk, "object": "gateway_account", "active": True, "gateway": "stripe",
        "livemode": False, "name": "Acme (acct_1)",
    }  # fmt: skip
    assert (event.door, event.actor) == ("dashboard", "owner@example.com")


def test_credentials_are_never_shown_again(owner, scope, answering):
    answer = owner.post(STRIPE, fields(owner.get(STRIPE), secret_key=KEY))

    for url in (answer.url, LIST, STRIPE):
        assert KEY not in owner.get(url).content.decode()


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (Refused("Invalid API Key."), "The gateway does not accept these credentials: Invalid API Key."),
        (
            Unknown(),
            "The gateway does not answer, so the credentials could not be checked. Nothing was changed.",
        ),
    ],
    ids=["refused", "silent"],
)  # fmt: skip
def test_credentials_that_do_not_work_are_not_saved(
    owner, scope, monkeypatch, nothing_written, error, message
):
    silent(monkeypatch, error)
    before = gateway_accounts.active()

    with nothing_written():
        answer = owner.post(STRIPE, fields(owner.get(STRIPE), secret_key=KEY))

    assert errors(answer) == {"": [message]}
    assert KEY not in answer.content.decode()
    assert gateway_accounts.active().pk == before.pk


def test_key_of_the_other_mode_is_refused(owner, site, nothing_written):
    go_live(owner, site)

    with nothing_written():
        answer = owner.post(STRIPE, fields(owner.get(STRIPE), secret_key=KEY))

    assert errors(answer) == {
        "": ["The gateway does not accept these credentials: This is no key of live mode."]
    }
    with scoped_to(site, livemode=True):
        assert not GatewayAccount.objects.exists()


def test_needed_credential_is_asked_for(owner, scope, nothing_written):
    with nothing_written():
        answer = owner.post(STRIPE, fields(owner.get(STRIPE)))

    assert errors(answer) == {"secret_key": ["This field is required."]}


def test_live_mode_neither_offers_nor_takes_the_sandbox(owner, site, scope):
    in_test = [kind for kind, *_words in owner.get(f"{LIST}add/").context["kinds"]]
    go_live(owner, site)

    in_live = [kind for kind, *_words in owner.get(f"{LIST}add/").context["kinds"]]
    answer = owner.post(f"{LIST}add/?kind=sandbox", {})

    assert (in_test, in_live) == (["stripe", "omise", "sandbox"], ["stripe", "omise"])
    assert "form" not in answer.context
    with scoped_to(site, livemode=True):
        assert not GatewayAccount.objects.exists()


def test_each_mode_has_its_own(owner, site, scope, answering):
    GatewayAccountFactory(is_active=True)
    go_live(owner, site)

    owner.post(STRIPE, fields(owner.get(STRIPE), secret_key="sk_live_not_real"))

    assert [cells[:2] for cells in rows(owner.get(LIST))] == [["Stripe", "In use"]]
    assert gateway_accounts.active().kind == "sandbox"


def test_page_says_where_notifications_come(owner, scope, site, settings):
    account = gateway_accounts.active()

    said = dict(owner.get(f"{LIST}{account.pk}/").context["facts"])

    assert said["Notifications come to"] == f"{settings.PUBLIC_URL}/webhooks/sandbox/{site.slug}"
