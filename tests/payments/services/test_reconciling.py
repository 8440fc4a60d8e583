from datetime import timedelta
from itertools import product

import pytest

from customers.kit.errors import GatewayUnavailable, InvalidState
from payments.gateways.base import Entry, NotSent, Outcome, Refused, Result, Unknown
from payments.models import Charge, Operation, Refund
from payments.money import Money
from payments.services import charges, operations, payment_intents, reconciling, refunds
from tests.factories.payments import ChargeFactory, PaymentMethodFactory
from tests.payments.fake_gateway import Acted

USD = Money(2000, "usd")
DONE = Outcome(Result.DONE, reference="late", fee=59)
DAY = timedelta(days=1)


@pytest.fixture
def unknown(customer, method, gateway, at):
    """Charges the card, and the answer is lost; the gateway has or has not acted."""

    def make(*, acted, **wanted):
        gateway.plan("authorize", Acted(DONE) if acted else Unknown())
        return charges.create(money=USD, method=method, customer=customer, at=at, **wanted)

    return make


def operation():
    return Operation.objects.select_related("gateway_account", "charge", "refund", "site").get()


def state():
    return Charge.objects.get().status, Operation.objects.get().state


def test_what_the_gateway_did_is_found_out(unknown, gateway, told, movements, at):
    unknown(acted=True)

    early = reconciling.run(at=at + timedelta(seconds=9))
    due = reconciling.run(at=at + timedelta(seconds=10))
    again = reconciling.run(at=at + DAY)

    assert (early, due, again) == (0, 1, 0)
    assert state() == ("succeeded", "done")
    assert movements() == [("charge", 2000, 59, 1941)]
    assert told() == ["charge.succeeded"]
    assert [act for act, *_ in gateway.asked] == ["authorize", "look_up"]


def test_a_decline_is_found_out(unknown, gateway, at):
    made = unknown(acted=False)
    gateway.book[made.pk] = Outcome(Result.DECLINED, code="card_declined", message="No.")

    reconciling.run(at=at + timedelta(seconds=10))

    assert state() == ("failed", "refused")


def test_an_intent_follows_what_is_found_out(customer, method, gateway, at):
    gateway.plan("authorize", Acted(DONE))
    wanted = {"amount": 2000, "currency": "usd", "customer": customer, "payment_method": method}
    intent = payment_intents.create_and_confirm(wanted, {}, at=at)

    reconciling.run(at=at + DAY)

    assert payment_intents.get(intent.pk).status == "succeeded"


def test_captures_releases_and_refunds_are_found_out(customer, method, gateway, movements, at):
    def hold():
        return charges.create(money=USD, method=method, customer=customer, takes_now=False, at=at)

    gateway.plan("capture", Acted())
    gateway.plan("void", Acted())
    gateway.plan("refund", Acted())
    captured = charges.capture(hold(), at=at)
    released = charges.void(hold(), at=at)
    paid = charges.create(money=USD, method=method, customer=customer, at=at)
    refund = refunds.create(paid, amount=500, at=at)

    assert reconciling.run(at=at + timedelta(seconds=10)) == 3
    assert charges.get(captured.pk).status == "succeeded"
    assert charges.get(released.pk).status == "voided"
    assert refunds.get(refund.pk).status == "succeeded"
    assert [amount for _kind, amount, *_ in movements()] == [2000, 2000, -500]


def test_the_gateway_is_asked_by_the_schedule(unknown, gateway, at):
    unknown(acted=False)
    gateway.idempotency_window = timedelta(days=365)
    asked_after = []

    for _ in range(8):
        due = operation().next_check_at
        asked_after.append((due - at).total_seconds())
        reconciling.run(at=due)

    assert asked_after == [10, 60, 300, 1800, 7200, 21_600, 86_400, 2 * 86_400]


def test_what_nobody_knows_after_a_week_is_given_to_a_person(unknown, gateway, at):
    unknown(acted=False)
    gateway.idempotency_window = timedelta(days=365)

    while (due := operation().next_check_at) is not None:
        reconciling.run(at=due)

    assert state() == ("pending", "flagged")
    assert operation().settled_at == at + timedelta(days=7)
    assert "has not said" in operation().said


def test_a_trace_less_act_is_given_up_after_two_looks(unknown, gateway, told, movements, at):
    made = unknown(acted=False)

    for seconds in (10, 60):
        reconciling.run(at=at + timedelta(seconds=seconds))
    young = state()
    reconciling.run(at=at + timedelta(seconds=301))

    assert young == ("pending", "open")
    assert state() == ("failed", "refused")
    assert charges.get(made.pk).failure_code == "never_received"
    assert (told(), movements()) == (["charge.failed"], [])


def test_one_look_gives_nothing_up(unknown, at):
    unknown(acted=False)

    reconciling.run(at=at + DAY)

    assert state() == ("pending", "open")
    assert operation().missed_at == at + DAY


def test_a_trace_that_turns_up_is_believed(unknown, gateway, at):
    made = unknown(acted=False)
    reconciling.run(at=at + timedelta(seconds=10))
    gateway.book[made.pk] = DONE

    reconciling.run(at=at + DAY)

    assert state() == ("succeeded", "done")
    assert operation().missed_at is None


def test_what_was_given_up_is_corrected_when_the_gateway_has_it(unknown, gateway, movements, at):
    made = unknown(acted=False)
    for after in (DAY, 2 * DAY):
        reconciling.run(at=at + after)
    given_up = state()
    gateway.book[made.pk] = DONE

    reconciling.check(operation(), at=at + 3 * DAY)

    assert given_up == ("failed", "refused")
    assert state() == ("succeeded", "done")
    assert charges.get(made.pk).failure_code == ""
    assert movements() == [("charge", 2000, 59, 1941)]


def test_what_an_intent_has_paid_otherwise_is_flagged(customer, method, gateway, movements, at):
    gateway.plan("authorize", Unknown())
    wanted = {"amount": 2000, "currency": "usd", "customer": customer, "payment_method": method}
    intent = payment_intents.create_and_confirm(wanted, {}, at=at)
    first = intent.latest_charge_id
    for after in (DAY, 2 * DAY):
        reconciling.run(at=at + after)
    other = PaymentMethodFactory(customer=customer, attached_at=at)
    payment_intents.confirm(payment_intents.get(intent.pk), {"payment_method": other}, at=at)
    gateway.book[first] = DONE

    late = reconciling.check(
        operations.of_charge(charges.get(first), operations.Kind.AUTHORIZE)[0], at=at
    )

    assert (late.state, charges.get(first).status) == ("flagged", "failed")
    assert payment_intents.get(intent.pk).status == "succeeded"
    assert movements() == [("charge", 2000, 59, 1941)]


@pytest.fixture
def refund_given_up(customer, method, gateway, told, at):
    """A refund of 15.00 of 20.00 USD that the gateway showed no trace of, and that it has done after all."""
    paid = charges.create(money=USD, method=method, customer=customer, at=at)
    gateway.plan("refund", Unknown())
    refund = refunds.create(paid, amount=1500, at=at)
    for after in (DAY, 2 * DAY):
        reconciling.run(at=at + after)
    given_up = refunds.get(refund.pk)
    assert (given_up.status, given_up.failure_reason) == ("failed", "never_received")
    gateway.book[refund.pk] = DONE
    told()
    return given_up


def refund_operation(refund):
    rows = operations.of_charge(refund.charge, operations.Kind.REFUND)
    return next(row for row in rows if row.refund_id == refund.pk)


def taken_back(charge):
    stored = charges.get(charge.pk)
    return stored.amount_refunded, stored.amount_refunding


def test_a_refund_that_was_given_up_and_done_is_corrected(refund_given_up, movements, told, at):
    for _ in range(2):
        late = reconciling.check(refund_operation(refund_given_up), at=at + 3 * DAY)

    stored = refunds.get(refund_given_up.pk)
    assert (late.state, stored.status, stored.failure_reason) == ("done", "succeeded", "")
    assert (stored.gateway_reference, stored.settled_at) == ("late", at + 3 * DAY)
    assert stored.balance_transaction_id.startswith("txn_")
    assert taken_back(stored.charge) == (1500, 0)
    assert movements() == [("charge", 2000, 59, 1941), ("refund", -1500, 0, -1500)]
    assert told() == ["charge.refunded", "refund.updated"]


def test_a_corrected_refund_may_be_sent_back(refund_given_up, gateway, movements, at):
    reconciling.check(refund_operation(refund_given_up), at=at)
    gateway.book[refund_given_up.pk] = Outcome(Result.DECLINED, code="lost_or_stolen_card")

    reconciling.check(refund_operation(refund_given_up), at=at)

    assert refunds.get(refund_given_up.pk).failure_reason == "lost_or_stolen_card"
    assert taken_back(refund_given_up.charge) == (0, 0)
    assert [amount for _kind, amount, *_ in movements()] == [2000, 1500, -1500]


def test_a_refund_that_no_longer_fits_its_charge_is_flagged(refund_given_up, movements, told, at):
    other = refunds.create(charges.get(refund_given_up.charge_id), amount=600, at=at)
    told()

    late = reconciling.check(refund_operation(refund_given_up), at=at)

    assert (late.state, refunds.get(refund_given_up.pk).status) == ("flagged", "failed")
    assert (other.status, taken_back(other.charge)) == ("succeeded", (600, 0))
    assert [amount for _kind, amount, *_ in movements()] == [2000, -600]
    assert told() == []


def test_what_is_set_aside_for_another_refund_is_not_corrected_away(refund_given_up, gateway, at):
    gateway.plan("refund", Unknown())
    refunds.create(charges.get(refund_given_up.charge_id), amount=600, at=at)

    late = reconciling.check(refund_operation(refund_given_up), at=at)

    assert late.state == "flagged"
    assert taken_back(refund_given_up.charge) == (0, 600)


def test_a_flagged_refund_is_corrected_once_it_fits_again(refund_given_up, gateway, at):
    other = refunds.create(charges.get(refund_given_up.charge_id), amount=600, at=at)
    flagged = reconciling.check(refund_operation(refund_given_up), at=at)
    gateway.book[other.pk] = Outcome(Result.DECLINED, code="lost_or_stolen_card")
    reconciling.check(refund_operation(other), at=at)

    late = reconciling.check(refund_operation(refund_given_up), at=at)

    assert (flagged.state, late.state) == ("flagged", "done")
    assert taken_back(refund_given_up.charge) == (1500, 0)


def test_the_gateways_books_correct_a_refund(refund_given_up, gateway, at):
    gateway.plan("entries", entry(refund_given_up.pk, at=at, kind="refund"))
    account = refund_given_up.charge.gateway_account

    found = [reconciling.compare(account, since=at, at=at) for _ in range(2)]

    assert found == [1, 0]
    assert refunds.get(refund_given_up.pk).status == "succeeded"


@pytest.mark.parametrize(("before", "after"), list(product(Refund.Status.values, repeat=2)))
def test_a_refund_moves_by_its_table(before, after):
    told = {
        ("pending", "succeeded"): "refund.updated",
        ("pending", "failed"): "refund.failed",
        ("succeeded", "failed"): "refund.failed",
        ("failed", "succeeded"): "refund.updated",
    }

    if (before, after) in told:
        event = Refund.TRANSITIONS.event(before, after, noun="refund")
        assert event == told[before, after]
    else:
        with pytest.raises(InvalidState):
            Refund.TRANSITIONS.event(before, after, noun="refund")


def test_a_release_that_was_given_up_and_done_is_corrected(customer, method, gateway, told, at):
    held = charges.create(money=USD, method=method, customer=customer, takes_now=False, at=at)
    gateway.plan("void", Unknown())
    refund = refunds.create(held, at=at)
    for after in (DAY, 2 * DAY):
        reconciling.run(at=at + after)
    given_up = refunds.get(refund.pk).status
    gateway.book[f"{held.pk}/void"] = DONE
    told()

    late = reconciling.check(operations.of_charge(held, operations.Kind.VOID)[0], at=at)

    assert (given_up, refunds.get(refund.pk).status, late.state) == ("failed", "succeeded", "done")
    assert charges.get(held.pk).status == "voided"
    assert told() == ["refund.updated", "charge.refunded"]


@pytest.fixture
def given_up(customer, method, gateway, at):
    """Asks for a capture or release of held money that the gateway shows no trace of, until it is given up."""

    def make(kind):
        held = charges.create(money=USD, method=method, customer=customer, takes_now=False, at=at)
        gateway.plan(kind, Unknown())
        getattr(charges, kind)(held, at=at)
        for after in (DAY, 2 * DAY):
            reconciling.run(at=at + after)
        return operations.of_charge(held, operations.Kind(kind))[0]

    return make


@pytest.mark.parametrize(("kind", "status"), [("capture", "succeeded"), ("void", "voided")])
def test_what_was_given_up_on_a_hold_is_corrected(given_up, gateway, kind, status, at):
    asked = given_up(kind)
    before = (asked.state, charges.get(asked.charge_id).status)
    gateway.book[asked.reference] = DONE

    late = reconciling.check(asked, at=at)

    assert before == ("refused", "authorized")
    assert (late.state, charges.get(asked.charge_id).status) == ("done", status)


def test_what_contradicts_the_charge_is_flagged(given_up, gateway, movements, at):
    asked = given_up("capture")
    charges.void(charges.get(asked.charge_id), at=at)
    gateway.book[asked.reference] = DONE

    late = reconciling.check(asked, at=at)

    assert (late.state, charges.get(asked.charge_id).status) == ("flagged", "voided")
    assert movements() == []


@pytest.mark.parametrize("trouble", [NotSent(), Unknown(), Refused("Who are you?")])
def test_a_silent_gateway_is_asked_again_later(unknown, gateway, trouble, at):
    unknown(acted=True)
    gateway.plan("look_up", trouble)

    first = reconciling.run(at=at + timedelta(seconds=10))
    silent = state()
    second = reconciling.run(at=at + timedelta(seconds=60))

    assert (first, second) == (1, 1)
    assert (silent, state()) == (("pending", "open"), ("succeeded", "done"))


def test_asking_about_one_act_tells_when_the_gateway_is_silent(
    unknown, gateway, nothing_written, at
):
    unknown(acted=True)
    gateway.plan("look_up", Unknown())

    with nothing_written(), pytest.raises(GatewayUnavailable):
        reconciling.check(operation(), at=at)


def test_a_silent_gateway_is_asked_once_in_a_run(unknown, gateway, at):
    for _ in range(3):
        unknown(acted=True)
    gateway.plan("look_up", Unknown())

    assert reconciling.run(at=at + timedelta(seconds=10)) == 1
    assert [act for act, *_ in gateway.asked].count("look_up") == 1


def test_an_act_is_settled_once_however_many_tell(unknown, told, movements, at):
    unknown(acted=True)
    asked = operation()

    for _ in range(3):
        reconciling.settle(asked, DONE, at=at)

    assert movements() == [("charge", 2000, 59, 1941)]
    assert told() == ["charge.succeeded"]


def test_an_abandoned_challenge_is_asked_about_for_a_week(customer, method, gateway, at):
    gateway.plan(
        "authorize",
        Outcome(Result.ACTION_REQUIRED, reference="c", action_url="https://x.example.com"),
    )
    charges.create(money=USD, method=method, customer=customer, at=at)

    while (due := operation().next_check_at) is not None:
        reconciling.run(at=due)

    assert due is None
    assert state() == ("pending", "waiting")
    assert gateway.asked[-1][0] == "look_up"


def test_a_debit_is_asked_about_until_the_bank_tells(scope, gateway, at):
    gateway.plan("authorize", Outcome(Result.WAITING, reference="debit"))
    charges.create(money=USD, method=PaymentMethodFactory(kind="us_bank_account"), at=at)

    reconciling.run(at=at + timedelta(days=9))

    assert operation().next_check_at == at + timedelta(days=9, seconds=10)
    assert state() == ("pending", "waiting")


def test_a_drill_shortens_the_schedule(unknown, settings, at):
    settings.DRILL_TIME_FACTOR = 0.01
    unknown(acted=True)

    assert operation().next_check_at == at + timedelta(seconds=0.1)


# -- the other way round -----------------------------------------------------------------------------------------------


def entry(reference, *, at, kind="charge", status="succeeded"):
    return Entry(reference, f"g_{reference}", kind, USD, status, at)


def test_what_only_the_gateway_knows_is_recorded_and_flagged(scope, gateway, movements, told, at):
    account = ChargeFactory().gateway_account
    gateway.plan("entries", entry("ch_lost", at=at))

    found = [reconciling.compare(account, since=at, at=at) for _ in range(2)]

    lost = charges.get("ch_lost")
    assert found == [1, 0]
    assert (lost.status, lost.amount_captured, lost.gateway_reference) == (
        "succeeded",
        2000,
        "g_ch_lost",
    )
    assert Operation.objects.get().state == "flagged"
    assert movements() == [("charge", 2000, 0, 2000)]
    assert told() == ["charge.succeeded"]
    assert [act for act, *_ in gateway.asked] == []


@pytest.mark.parametrize(
    "strange",
    [
        {"reference": "order-77"}, {"reference": "ch_lost", "status": "failed"},
        {"reference": "re_lost", "kind": "refund"},
    ],
)  # fmt: skip
def test_what_is_not_ours_is_left_alone(scope, gateway, strange, nothing_written, at):
    account = ChargeFactory().gateway_account
    gateway.plan("entries", entry(**strange, at=at))

    with nothing_written():
        assert reconciling.compare(account, since=at, at=at) == 0


def test_what_is_open_here_is_settled_by_the_books(unknown, gateway, at):
    made = unknown(acted=True)
    gateway.plan("entries", entry(made.pk, at=at))

    assert reconciling.compare(made.gateway_account, since=at, at=at) == 1
    assert state() == ("succeeded", "done")


def test_every_accounts_books_are_gone_through(unknown, gateway, at):
    made = unknown(acted=True)
    gateway.plan("entries", entry(made.pk, at=at))

    assert reconciling.compare_all(at=at) == 1
