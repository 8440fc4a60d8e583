"""Findings are opened once, seen again, closed when they are gone; owners are told of the first of a kind."""

from datetime import timedelta

import pytest

from customers.kit.tenancy import every_site, scoped_to
from customers.models import Finding, Message, Role
from customers.services import findings, messages
from customers.services.invariant_walks import Broken
from tests import breaches
from tests.factories.customers import MembershipFactory

HOUR = timedelta(hours=1)


@pytest.fixture
def invariant():
    return breaches.named("customers.balance")


@pytest.fixture
def broken(scope):
    """Makes a row that breaks an invariant."""

    def make(object_id="cus_1", detail="balance 100, transactions 0", *, site=scope.site):
        return Broken(object_id, site.pk, livemode=False, detail=detail)

    return make


def kept():
    with every_site():
        rows = Finding.objects.order_by("created_at", "object_id")
        return list(rows.values_list("object_id", "created_at", "last_seen_at", "resolved_at"))


def test_a_row_that_stays_broken_is_one_finding(invariant, broken, at):
    findings.note(invariant, [broken()], at=at)
    findings.note(invariant, [broken(detail="balance 200")], at=at + HOUR)

    assert kept() == [("cus_1", at, at + HOUR, None)]
    assert Finding.objects.get().detail == "balance 200"


def test_what_is_gone_is_closed_and_opened_anew_when_it_comes_back(invariant, broken, at):
    findings.note(invariant, [broken("cus_1"), broken("cus_2")], at=at)

    closed = findings.close_gone(
        invariant, since=at + HOUR, still=lambda _ids: {"cus_2"}, at=at + HOUR
    )
    findings.note(invariant, [broken("cus_1")], at=at + 2 * HOUR)

    assert closed == 1
    assert kept() == [
        ("cus_1", at, at, at + HOUR),
        ("cus_2", at, at + HOUR, None),
        ("cus_1", at + 2 * HOUR, at + 2 * HOUR, None),
    ]


def test_what_the_round_has_seen_is_not_looked_at_again(invariant, broken, at):
    findings.note(invariant, [broken()], at=at)

    closed = findings.close_gone(invariant, since=at, still=lambda _ids: [], at=at + HOUR)

    assert closed == 0


def test_a_bounded_number_is_kept_of_each_site(invariant, broken, other, at):
    many = [broken(f"cus_{number:03}") for number in range(findings.MOST + 20)]

    findings.note(invariant, [*many, broken("cus_theirs", site=other[0])], at=at)
    findings.note(invariant, [*many, broken("cus_more")], at=at + HOUR)

    assert len(kept()) == findings.MOST + 1
    assert findings.counts() == {"customers.balance": findings.MOST + 1}
    assert findings.counts_here() == {"customers.balance": findings.MOST}


def test_findings_of_a_site_that_is_gone_are_nobodys(invariant, at, db):
    findings.note(invariant, [Broken("7", "acct_gone", livemode=False, detail="")], at=at)

    assert kept() == []


def test_owners_are_told_of_the_first_of_a_kind(invariant, broken, scope, at):
    owner = MembershipFactory(role=Role.OWNER).operator
    MembershipFactory(role=Role.ADMIN)

    findings.note(invariant, [broken("cus_1"), broken("cus_2")], at=at)
    findings.note(invariant, [broken("cus_3")], at=at + HOUR)

    told = Message.objects.values_list("kind", "to", "about")
    assert list(told) == [("finding", owner.email, Finding.objects.get(object_id="cus_1").pk)]


def test_owners_are_told_again_when_all_was_well_in_between(invariant, broken, scope, at):
    MembershipFactory(role=Role.OWNER)
    findings.note(invariant, [broken()], at=at)
    findings.close_gone(invariant, since=at + HOUR, still=lambda _ids: [], at=at + HOUR)

    findings.note(invariant, [broken()], at=at + 2 * HOUR)

    assert Message.objects.count() == 2


def test_the_letter_says_what_does_not_hold_and_how_to_mend_it(
    invariant, broken, scope, at, mailoutbox
):
    MembershipFactory(role=Role.OWNER)
    findings.note(invariant, [broken()], at=at)

    messages.send(Message.objects.get(), at=at)

    (mail,) = mailoutbox
    assert mail.subject == "[Test] The books contradict themselves"
    assert "A customer's balance is the sum of its balance transactions." in mail.body
    assert "Compare with a backup" in mail.body
    assert "/admin/customers/finding/" in mail.body
    assert mail.extra_headers["Auto-Submitted"] == "auto-generated"


def test_what_is_gone_is_not_told(invariant, broken, scope, at, mailoutbox):
    MembershipFactory(role=Role.OWNER)
    findings.note(invariant, [broken()], at=at)
    Finding.objects.update(resolved_at=at)

    messages.send(Message.objects.get(), at=at)

    assert mailoutbox == []
    assert Message.objects.get().error == "What was found is gone."


def test_findings_of_invariants_that_are_no_more_are_closed(invariant, broken, scope, at):
    findings.note(invariant, [broken("cus_1")], at=at)
    Finding.objects.update(invariant="customers.of_an_older_version")
    findings.note(invariant, [broken("cus_2")], at=at)

    closed = findings.close_forgotten(at=at + HOUR)

    assert closed == 1
    assert list(findings.open_ones().values_list("object_id", flat=True)) == ["cus_2"]


def test_what_was_gone_for_long_is_deleted(invariant, broken, scope, at):
    findings.note(invariant, [broken("cus_1"), broken("cus_2"), broken("cus_3")], at=at)
    Finding.objects.filter(object_id="cus_1").update(resolved_at=at - timedelta(days=91))
    Finding.objects.filter(object_id="cus_2").update(resolved_at=at - timedelta(days=89))

    deleted = findings.delete_old(at=at)

    assert deleted == 1
    assert [row[0] for row in kept()] == ["cus_2", "cus_3"]


def test_findings_are_seen_by_their_own_site(invariant, broken, scope, other, at):
    findings.note(invariant, [broken()], at=at)

    with scoped_to(other[0], livemode=False):
        theirs = list(findings.open_ones())

    assert theirs == []
