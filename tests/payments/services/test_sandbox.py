import json
import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from customers.kit import clock
from customers.kit.errors import CardDeclined, InvalidRequest, NotFound
from payments.gateways.base import Authorization, Result, Unknown
from payments.gateways.sandbox import bank_accounts, cards
from payments.models import Notification
from payments.services import notifications, sandbox
from tests.payments.sandbox_fixtures import account, asking, gateway

__all__ = ["account", "asking", "gateway"]
CARD = {
    "kind": "card",
    "number": "4242 4242 4242 4242",
    "exp_month": "12",
    "exp_year": "2034",
    "cvc": "123",
}
US = {"kind": "us_bank_account", "account_number": "000123456789", "routing_number": "110000000"}
TABLES = ("instruments", "entries", "challenges", "disputes", "notices", "faults")


def vault_is_empty():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sandbox.instruments")
        return cursor.fetchone() == (0,)


def everything_stored():
    with connection.cursor() as cursor:
        texts = []
        for table in TABLES:
            cursor.execute(f"SELECT row_to_json(t)::text FROM sandbox.{table} AS t")
            texts += [text for (text,) in cursor.fetchall()]
    return "\n".join(texts)


# -- the vault ---------------------------------------------------------------------------------------------------------


def test_number_becomes_a_reference_and_what_may_be_shown(account):
    token = sandbox.tokenize(account, {**CARD, "name": "Ada Whitfield"}, at=clock.now())

    assert token.kind == "card"
    assert dict(token.details) == {
        "brand": "visa", "exp_month": 12, "exp_year": 2034, "funding": "credit", "country": "US",
        "name": "Ada Whitfield", "first6": "424242", "cvc_check": "unchecked", "last4": "4242",
        "fingerprint": token.details["fingerprint"], "has_right_code": True,
    }  # fmt: skip


def test_neither_number_nor_security_code_is_stored(account):
    sandbox.tokenize(account, {**CARD, "number": "5555555555554444", "cvc": "987"}, at=clock.now())
    sandbox.tokenize(account, {**US, "account_number": "000222222227"}, at=clock.now())

    stored = everything_stored()

    assert "4444" in stored
    assert re.findall("5555555555554444|000222222227", stored) == []
    assert re.findall(r"\b987\b", stored) == []  # ids and digests have these digits, too


def test_same_number_has_the_same_fingerprint_at_one_site_and_another_elsewhere(account, other):
    at = clock.now()
    first = sandbox.tokenize(account, CARD, at=at).details["fingerprint"]
    again = sandbox.tokenize(account, {**CARD, "exp_year": "2035"}, at=at).details["fingerprint"]
    known = sandbox.well_known(account, "tok_visa", at=at).details["fingerprint"]
    account.site = other[0]

    elsewhere = sandbox.tokenize(account, CARD, at=at).details["fingerprint"]

    assert first == again == known
    assert len(first) == 16
    assert elsewhere != first


@pytest.mark.parametrize(
    ("wrong", "code", "param"),
    [
        ({"number": "4242424242424241"}, "incorrect_number", "number"),
        ({"number": ""}, "incorrect_number", "number"),
        ({"number": "4242x"}, "incorrect_number", "number"),
        ({"exp_month": "13"}, "invalid_expiry_month", "exp_month"),
        ({"exp_month": ""}, "invalid_expiry_month", "exp_month"),
        ({"exp_year": "95"}, "invalid_expiry_year", "exp_year"),
        ({"exp_year": "2020"}, "invalid_expiry_year", "exp_year"),
        ({"cvc": "99"}, "invalid_cvc", "cvc"),
        ({"number": "4532015112830366"}, "card_declined", "number"),
    ],
)
def test_card_that_cannot_be_right_is_refused(account, wrong, code, param):
    with pytest.raises(CardDeclined) as caught:
        sandbox.tokenize(account, {**CARD, **wrong}, at=clock.now())

    assert (caught.value.code, caught.value.param) == (code, param)
    assert vault_is_empty()


def test_number_that_is_not_published_is_refused_by_name(account):
    with pytest.raises(CardDeclined, match="published test numbers") as caught:
        sandbox.tokenize(account, {**CARD, "number": "4532015112830366"}, at=clock.now())

    assert caught.value.extra == {"decline_code": "test_mode_live_card"}
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("details", "code"),
    [
        ({**US, "account_number": "000999999999"}, "account_number_invalid"),
        ({**US, "routing_number": "021000021"}, "routing_number_invalid"),
        ({"kind": "sepa_debit", "iban": "DE02120300000000202051"}, "invalid_bank_account_iban"),
        ({"kind": "sepa_debit", "iban": "000123456789"}, "invalid_bank_account_iban"),
    ],
)
def test_bank_account_that_is_not_published_is_refused(account, details, code):
    with pytest.raises(InvalidRequest) as caught:
        sandbox.tokenize(account, details, at=clock.now())

    assert caught.value.code == code
    assert vault_is_empty()


def test_every_published_number_is_taken(account):
    at = clock.now()

    kinds = [
        sandbox.tokenize(account, {**CARD, "number": number}, at=at).kind for number in cards.CARDS
    ]
    banks = [
        sandbox.tokenize(
            account, {**US, "kind": found.kind, "account_number": number, "iban": number}, at=at
        ).kind
        for number, found in bank_accounts.ACCOUNTS.items()
    ]

    assert kinds == ["card"] * len(cards.CARDS)
    assert banks == [found.kind for found in bank_accounts.ACCOUNTS.values()]


@pytest.mark.parametrize(
    ("name", "kind", "last4"),
    [
        ("tok_visa", "card", "4242"),
        ("tok_mastercard_debit", "card", "8210"),
        ("tok_th", "card", "0003"),
        ("tok_visa_chargeDeclinedInsufficientFunds", "card", "9995"),
        ("pm_card_visa", "card", "4242"),
        ("pm_card_authenticationRequiredOnSetup", "card", "3155"),
        ("pm_card_threeDSecure2Required", "card", "3220"),
        ("pm_usBankAccount_success", "us_bank_account", "6789"),
        ("btok_us_verified", "us_bank_account", "6789"),
        ("pm_success_de", "sepa_debit", "3000"),
    ],
)
def test_well_known_ids_stand_for_test_numbers(account, name, kind, last4):
    token = sandbox.well_known(account, name, at=clock.now())

    assert (token.kind, token.details["last4"]) == (kind, last4)
    assert sandbox.is_well_known(name)


@pytest.mark.parametrize(
    "name", ["tok_nothing", "pm_card_nothing", "pm_visa", "visa", "src_visa", ""]
)
def test_other_names_stand_for_nothing(account, name):
    with pytest.raises(NotFound):
        sandbox.well_known(account, name, at=clock.now())

    assert not sandbox.is_well_known(name)
    assert vault_is_empty()


# -- challenges --------------------------------------------------------------------------------------------------------


def visit_of(outcome):
    return outcome.action_url.rsplit("/", 1)[1]


def status_of_book(account):
    return [(line["reference"], line["status"], line["amount"]) for line in sandbox.ledger(account)]


def test_challenge_holds_the_charge_until_it_is_completed(account, gateway, asking):
    request = asking("pm_card_threeDSecure2Required", return_url="https://shop.example.com/back")
    outcome = gateway.authorize(request)
    before = status_of_book(account)

    done = sandbox.complete(visit_of(outcome))

    found = gateway.look_up("ch_1", kind="authorize", since=clock.now())
    assert before == [("ch_1", "pending", 2000)]
    assert status_of_book(account) == [("ch_1", "succeeded", 2000)]
    assert (found.result, found.fee, found.details["three_d_secure"]["result"]) == (
        Result.DONE, 88, "authenticated",
    )  # fmt: skip
    assert (done.state, done.return_url) == ("completed", "https://shop.example.com/back")


def test_failed_challenge_takes_nothing(account, gateway, asking):
    outcome = gateway.authorize(asking("pm_card_threeDSecure2Required"))

    sandbox.fail(visit_of(outcome))

    found = gateway.look_up("ch_1", kind="authorize", since=clock.now())
    assert (found.result, found.code) == (Result.DECLINED, "payment_intent_authentication_failure")
    assert status_of_book(account) == [("ch_1", "failed", 2000)]


def test_second_click_changes_nothing(account, gateway, asking):
    visit = visit_of(gateway.authorize(asking("pm_card_threeDSecure2Required")))
    sandbox.fail(visit)

    again = sandbox.complete(visit)

    assert again.state == "failed"
    assert status_of_book(account) == [("ch_1", "failed", 2000)]


def test_completed_hold_is_authorized_only(account, gateway, asking):
    outcome = gateway.authorize(asking("pm_card_threeDSecure2Required", takes_now=False))

    sandbox.complete(visit_of(outcome))

    assert status_of_book(account) == [("ch_1", "authorized", 2000)]


@pytest.mark.parametrize(
    ("name", "decline_code"),
    [
        ("pm_card_threeDSecureRequiredChargeDeclined", "generic_decline"),
        ("pm_card_authenticationRequiredChargeDeclinedInsufficientFunds", "insufficient_funds"),
    ],
)
def test_some_cards_decline_after_the_challenge(account, gateway, asking, name, decline_code):
    outcome = gateway.authorize(asking(name))

    sandbox.complete(visit_of(outcome))

    found = gateway.look_up("ch_1", kind="authorize", since=clock.now())
    assert (found.result, found.decline_code) == (Result.DECLINED, decline_code)
    assert status_of_book(account) == [("ch_1", "failed", 2000)]


def test_stopped_charge_cannot_be_completed(account, gateway, asking):
    outcome = gateway.authorize(asking("pm_card_threeDSecure2Required"))
    gateway.void(outcome.reference or book_id(account), reference="ch_1/void")

    sandbox.complete(visit_of(outcome))

    found = gateway.look_up("ch_1", kind="authorize", since=clock.now())
    assert (found.result, found.code) == (Result.DECLINED, "canceled")
    assert status_of_book(account) == [("ch_1", "voided", 2000), ("ch_1/void", "succeeded", 2000)]


def book_id(account):
    return next(sandbox.ledger(account))["gateway_reference"]


def test_setup_lets_the_absent_customer_be_charged(account, gateway, asking):
    request = asking("pm_card_authenticationRequiredOnSetup", off_session=True)
    refused = gateway.authorize(request)
    setup = gateway.authenticate(
        request.method, reference="seti_1/1", return_url="", off_session=False
    )
    sandbox.complete(visit_of(setup))

    again = gateway.authorize(asking_again(request, "ch_2"))

    assert (refused.code, again.result) == ("authentication_required", Result.DONE)
    assert gateway.look_up("seti_1/1", kind="authenticate", since=clock.now()).result == Result.DONE


def asking_again(request, reference):
    return Authorization(reference, request.money, request.method, off_session=request.off_session)


def test_payment_sets_up_where_the_customer_agreed(gateway, asking):
    request = asking("pm_card_authenticationRequiredOnSetup", sets_up=True)
    sandbox.complete(visit_of(gateway.authorize(request)))

    later = gateway.authorize(
        Authorization("ch_2", request.money, request.method, off_session=True)
    )

    assert later.result == Result.DONE


def test_payment_does_not_set_up_otherwise(gateway, asking):
    request = asking("pm_card_authenticationRequiredOnSetup")
    sandbox.complete(visit_of(gateway.authorize(request)))

    later = gateway.authorize(
        Authorization("ch_2", request.money, request.method, off_session=True)
    )

    assert later.code == "authentication_required"


# -- notices -----------------------------------------------------------------------------------------------------------


def test_what_the_sandbox_tells_is_delivered_once(account, gateway, asking):
    sandbox.complete(visit_of(gateway.authorize(asking("pm_card_threeDSecure2Required"))))
    at = clock.now()

    first, second = (
        notifications.deliver_from_sandbox(at=at),
        notifications.deliver_from_sandbox(at=at),
    )

    assert (first, second) == (1, 0)
    kept = Notification.objects.get()
    notice = gateway.read_notification(unsealed(kept))
    assert (kept.gateway_account_id, kept.worked_off_at) == (account.pk, None)
    assert (notice.about, notice.reference) == ("operation", "ch_1")


def unsealed(notification):
    from customers.kit import sealing  # noqa: PLC0415 -- used here only

    return sealing.unseal(bytes(notification.body))


def test_disputed_card_opens_a_dispute(account, gateway, asking):
    charge = gateway.authorize(asking("pm_card_createDispute"))
    notifications.deliver_from_sandbox(at=clock.now())

    notice = gateway.read_notification(unsealed(Notification.objects.get()))

    assert (notice.about, notice.reference) == ("dispute", "ch_1")
    assert {name: notice.details[name] for name in ("amount", "currency", "reason", "status", "charge")} == {
        "amount": 2000, "currency": "eur", "reason": "fraudulent", "status": "needs_response",
        "charge": charge.reference,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "submit", "status"),
    [
        ("winning_evidence", True, "won"),
        ("losing_evidence", True, "lost"),
        ("We sent the parcel.", True, "under_review"),
        ("winning_evidence", False, "needs_response"),
    ],
)
def test_evidence_decides_the_dispute(account, gateway, asking, text, submit, status):
    gateway.authorize(asking("pm_card_createDispute"))
    notifications.deliver_from_sandbox(at=clock.now())
    dispute = gateway.read_notification(unsealed(Notification.objects.get())).gateway_reference

    found = gateway.contest(dispute, {"uncategorized_text": text}, submit=submit)

    assert found == status


# -- the book ----------------------------------------------------------------------------------------------------------


def test_command_prints_the_book_as_json_lines(account, gateway, asking, site):
    gateway.authorize(asking("pm_card_visa"))
    out = StringIO()

    call_command("sandbox", "ledger", "--json", "--site", site.slug, stdout=out)

    (line,) = map(json.loads, out.getvalue().splitlines())
    assert {name: line[name] for name in ("reference", "amount", "currency", "status", "customer", "kind")} == {
        "reference": "ch_1", "amount": 2000, "currency": "eur", "status": "succeeded", "customer": "cus_1",
        "kind": "charge",
    }  # fmt: skip


def test_command_switches_faults(account, gateway, asking, site):
    call_command(
        "sandbox",
        "fault",
        "decline",
        "--act",
        "authorize",
        "--times",
        "1",
        "--site",
        site.slug,
        stdout=StringIO(),
    )
    first = gateway.authorize(asking("pm_card_visa"))
    call_command("sandbox", "fault", "decline", "--site", site.slug, stdout=StringIO())
    call_command("sandbox", "clear", "--site", site.slug, stdout=StringIO())

    second = gateway.authorize(asking("pm_card_visa", "ch_2"))

    assert (first.result, second.result) == (Result.DECLINED, Result.DONE)


def test_unknown_fault_is_refused(account):
    with pytest.raises(InvalidRequest, match="Faults are latency"):
        sandbox.switch_on(account, "flood")

    assert everything_stored() == ""


def test_a_fault_can_be_left_to_chance(account, gateway, asking):
    request = asking("pm_card_visa")
    sandbox.switch_on(account, "timeout_before", act="money", chance=0.5)

    seen = {_is_lost(gateway, asking_again(request, f"ch_{n}")) for n in range(64)}

    assert seen == {False, True}


def _is_lost(gateway, request):
    try:
        gateway.authorize(request)
    except Unknown:
        return True
    return False
