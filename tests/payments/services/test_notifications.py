import hashlib
import hmac
from datetime import timedelta

import orjson
import pytest
from django.test import Client

from customers.kit import clock, sealing
from customers.kit.errors import NotFound
from customers.kit.tenancy import every_site
from payments.gateways.base import Authorization, MethodReference
from payments.gateways.sandbox import notices
from payments.models import BalanceTransaction, Notification, Operation
from payments.money import Money
from payments.services import (
    charges,
    gateway_accounts,
    notifications,
    operations,
    payment_methods,
    reconciling,
    refunds,
    sandbox,
)

SECRET = "whsec_1"


@pytest.fixture
def account(scope):
    return gateway_accounts.active()


@pytest.fixture
def stripe_account(account):
    account.kind, account.name = "stripe", "Acme (acct_1)"
    credentials = {"secret_key": "sk_test_1", "webhook_secret": SECRET}
    account.credentials = sealing.seal(orjson.dumps(credentials))
    account.save()
    return account


def event(event_id="evt_1", thing=None):
    thing = thing or {"object": "charge", "id": "ch_9", "payment_intent": "pi_9", "metadata": {}}
    return orjson.dumps({"id": event_id, "type": "charge.succeeded", "data": {"object": thing}})


def signed(body, secret=SECRET, at=None):
    stamp = int((at or clock.now()).timestamp())
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Stripe-Signature": f"t={stamp},v1={digest}"}


def send(path, body, headers):
    answer = Client(enforce_csrf_checks=True).generic(
        "POST", path, body, content_type="application/json", headers=headers
    )
    return answer.status_code, answer.json()


def kept():
    with every_site():
        return list(Notification.objects.values_list("event_id", "worked_off_at"))


@pytest.mark.parametrize("name", ["slug", "pk"])
def test_verified_notification_is_kept_for_the_worker(stripe_account, site, name):
    body = event()

    answer = send(f"/webhooks/stripe/{getattr(site, name)}", body, signed(body))

    assert answer == (200, {"received": True})
    (notification,) = Notification.objects.all()
    assert (notification.event_id, notification.worked_off_at) == ("evt_1", None)
    assert sealing.unseal(bytes(notification.body)) == body
    assert (notification.site_id, notification.livemode) == (site.pk, False)


def test_same_notification_is_kept_once(stripe_account, site):
    body = event()

    first = send(f"/webhooks/stripe/{site.slug}", body, signed(body))
    second = send(f"/webhooks/stripe/{site.slug}", body, signed(body))

    assert first == second == (200, {"received": True})
    assert kept() == [("evt_1", None)]


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="unsigned"),
        pytest.param({"Stripe-Signature": "t=1,v1=é"}, id="nonsense"),
        pytest.param(signed(event(), "whsec_other"), id="of somebody else"),
        pytest.param(signed(event(), at=clock.now() - timedelta(seconds=400)), id="too old"),
        pytest.param(signed(event("evt_2")), id="of another body"),
    ],
)
def test_unverified_notification_is_refused(stripe_account, site, headers):
    status, _ = send(f"/webhooks/stripe/{site.slug}", event(), headers)

    assert status == 400
    assert kept() == []


def test_account_without_a_secret_believes_nothing(stripe_account, site):
    stripe_account.credentials = sealing.seal(b'{"secret_key":"sk_test_1"}')
    stripe_account.save()
    body = event()

    status, _ = send(f"/webhooks/stripe/{site.slug}", body, signed(body, ""))

    assert status == 400
    assert kept() == []


@pytest.mark.parametrize(
    "path", ["/webhooks/omise/acme", "/webhooks/stripe/nobody", "/webhooks/x/acme"]
)
def test_there_is_no_door_for_other_gateways_and_sites(stripe_account, path):
    body = event()

    status, _ = send(path, body, signed(body))

    assert status == 404
    assert kept() == []


def test_huge_notification_is_refused(stripe_account, site):
    body = event(thing={"object": "charge", "id": "ch_9", "metadata": {"a": "a" * 300_000}})

    status, _ = send(f"/webhooks/stripe/{site.slug}", body, signed(body))

    assert status == 413
    assert kept() == []


def test_door_takes_posts_only(stripe_account, site):
    assert Client().get(f"/webhooks/stripe/{site.slug}").status_code == 405


def test_what_concerns_nothing_of_ours_is_worked_off_as_such(stripe_account):
    body = event(thing={"object": "payout", "id": "po_1"})
    gateway = gateway_accounts.gateway_of(stripe_account)
    notice = gateway.parse_notification(body, signed(body), at=clock.now())
    notification = notifications.keep(stripe_account, notice, body, at=clock.now())
    at = clock.now()

    done = notifications.work_off_by_id(notification.pk, at=at)

    assert (done.said, done.worked_off_at) == ("Nothing to do", at)
    assert notifications.work_off_due(at=at) == 0


def test_notification_that_is_not_there_cannot_be_worked_off(db):
    with pytest.raises(NotFound):
        notifications.work_off_by_id("gnt_nothing", at=clock.now())


def test_what_waits_is_worked_off_once(account):
    gateway = gateway_accounts.gateway_of(account)
    token = sandbox.well_known(account, "pm_card_createDispute", at=clock.now())
    saved = gateway.save(token.reference, reference="pm_1", customer={})
    gateway.authorize(
        Authorization("ch_unknown", Money(500, "usd"), MethodReference(saved.reference))
    )
    notifications.deliver_from_sandbox(at=clock.now())
    at = clock.now()

    first, second = notifications.work_off_due(at=at), notifications.work_off_due(at=at)

    assert (first, second) == (1, 0)
    assert [row.said for row in Notification.objects.all()] == ["A dispute of no charge of ours"]


@pytest.mark.parametrize("kind", ["charge", "refund"])
def test_what_was_given_up_is_corrected_when_the_gateway_tells_of_it(account, kind):
    at, usd = clock.now(), Money(500, "usd")
    method = payment_methods.resolve("pm_card_visa", at=at)
    paid = charges.create(money=usd, method=method, at=at)
    with sandbox.faults("timeout_before", act="money"):
        lost = {
            "charge": lambda: charges.create(money=usd, method=method, at=at),
            "refund": lambda: refunds.create(paid, at=at),
        }[kind]()
    for days in (1, 2):
        reconciling.run(at=at + timedelta(days=days))
    lost.refresh_from_db()
    given_up = lost.status
    asked = Operation.objects.select_related("gateway_account", "charge", "refund").get(
        reference=lost.pk
    )
    done = operations.ask(asked)  # what was on its way for days arrives
    notices.tell(account.pk, "operation", gateway_reference=done.reference, reference=lost.pk)

    notifications.deliver_from_sandbox(at=clock.now())
    worked_off = notifications.work_off_due(at=clock.now())

    lost.refresh_from_db()
    assert (given_up, worked_off, lost.status) == ("failed", 1, "succeeded")
    sums = BalanceTransaction.objects.order_by("-amount").values_list("amount", flat=True)
    assert list(sums) == {"charge": [500, 500], "refund": [500, -500]}[kind]


def test_sandbox_has_a_door_like_any_gateway(account, site):
    body = orjson.dumps(
        {"id": "sev_1", "about": "", "gateway_reference": "", "reference": "", "details": {}}
    )
    stamp = str(int(clock.now().timestamp()))
    digest = notices._digest(account.pk, stamp, body)
    headers = {notices.HEADER: f"t={stamp},v1={digest}"}

    answer = send(f"/webhooks/sandbox/{site.slug}", body, headers)

    assert answer == (200, {"received": True})
    assert kept() == [("sev_1", None)]
