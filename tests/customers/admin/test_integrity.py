"""The dashboard says what does not hold, where to look, and lets those who may ask for another round."""

import pytest

from customers.kit import clock
from customers.models import AuditEntry, Finding, InvariantCheck, Role
from customers.services import findings, invariant_rounds
from customers.services.invariant_walks import Broken
from tests import breaches
from tests.customers.admin import page
from tests.factories.customers import CustomerFactory, SiteFactory

LIST = "/admin/customers/finding/"


@pytest.fixture
def found(scope):
    """Makes a finding of an invariant."""

    def make(name="customers.balance", object_id="", *, detail="balance 100, transactions 0"):
        row = Broken(
            object_id or CustomerFactory().pk, scope.site_id, livemode=False, detail=detail
        )
        findings.note(breaches.named(name), [row], at=clock.now())
        return Finding.objects.get(object_id=row.object_id)

    return make


def rows_of(answer, title):
    (package,) = (one for one in answer.context["packages"] if str(one["title"]) == title)
    return package["rows"]


def test_the_list_has_what_is_open(owner, found):
    finding, gone = found(), found()
    Finding.objects.filter(pk=gone.pk).update(resolved_at=clock.now())

    answer = owner.get(LIST)
    all_gone = owner.get(f"{LIST}?state=gone")

    assert [row.pk for row in answer.context["cl"].result_list] == [finding.pk]
    assert [row.pk for row in all_gone.context["cl"].result_list] == [gone.pk]
    assert "balance 100, transactions 0" in answer.content.decode()


def test_findings_of_one_invariant_can_be_listed(owner, found):
    found()
    late = found("customers.messages", "msg_1", detail="receipt, attempts 0")

    answer = owner.get(f"{LIST}?invariant=customers.messages")

    assert [row.pk for row in answer.context["cl"].result_list] == [late.pk]


def test_every_invariant_is_listed_with_its_last_round(owner, scope):
    before = rows_of(owner.get(LIST), "Customers")
    customer = CustomerFactory(balance=100, currency="usd")
    invariant_rounds.work(until=clock.now() + breaches.HOUR, now=clock.now)
    after = rows_of(owner.get(LIST), "Customers")

    assert {row.checked_at for row in before} == {None}
    (balance,) = (row for row in after if str(row.says).startswith("A customer's balance is"))
    assert (balance.found, balance.kept, balance.rows) == (1, 1, "1")
    assert balance.checked_at is not None
    assert Finding.objects.filter(object_id=customer.pk).exists()


def test_more_than_are_listed_are_counted(owner, found, scope):
    found()
    key = InvariantCheck.key_of(scope.site_id, livemode=False)
    InvariantCheck.objects.create(
        name="customers.balance", started_at=clock.now(), finished_at=clock.now(),
        last_counts={key: 1234},
    )  # fmt: skip

    text = owner.get(LIST).content.decode()

    assert "1234 findings" in text
    assert "1 listed" in text


def test_a_finding_leads_to_its_object(owner, found):
    finding = found()

    answer = owner.get(f"{LIST}{finding.pk}/")

    (link,) = answer.context["links"]
    assert link.url == f"/admin/customers/customer/{finding.object_id}/"
    facts = {str(label): str(value) for label, value in answer.context["facts"]}
    assert facts["What is wrong"] == "balance 100, transactions 0"
    assert facts["How to mend it"].startswith("Somebody has changed the database")


@pytest.mark.parametrize("name", ["customers.requests", "customers.of_an_older_version"])
def test_what_has_no_page_has_no_link(owner, found, name):
    finding = found()
    Finding.objects.update(invariant=name)

    answer = owner.get(f"{LIST}{finding.pk}/")

    assert (answer.status_code, answer.context["links"]) == (200, [])


def test_another_round_can_be_asked_for(owner, scope):
    asked = owner.get(f"{LIST}check/")
    answer = owner.post(f"{LIST}check/", page.fields(asked), follow=True)

    assert "The worker has been asked." in answer.content.decode()
    assert invariant_rounds.standing().is_under_way
    assert InvariantCheck.objects.filter(requested_at=None).count() == 0
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor) == ("finding.check", "owner@example.com")


@pytest.mark.parametrize(
    ("role", "sees", "asks"),
    [
        (Role.ADMIN, 200, 200), (Role.DEVELOPER, 200, 200), (Role.READ_ONLY, 200, 403),
        (Role.BILLING, 403, 403), (Role.SUPPORT, 403, 403),
    ],
)  # fmt: skip
def test_who_may_see_and_ask(signed_in, scope, role, sees, asks):
    client = signed_in(role)

    answers = [client.get(LIST).status_code, client.get(f"{LIST}check/").status_code]

    assert answers == [sees, asks]


def test_home_says_that_something_was_found(owner, found):
    quiet = owner.get("/admin/").content.decode()
    found()
    loud = owner.get("/admin/").content.decode()

    assert "Records contradict each other." not in quiet
    assert "Records contradict each other." in loud
    assert f'href="{LIST}"' in loud


def test_what_is_only_stuck_is_said_in_other_words(owner, found):
    found("customers.messages", "msg_1")
    found("customers.messages", "msg_2")

    text = owner.get("/admin/").content.decode()

    assert "Something does not go on by itself." in text
    assert "See the 2 findings" in text


def test_home_says_nothing_to_those_who_may_not_see_it(signed_in, found):
    found()

    text = signed_in(Role.SUPPORT).get("/admin/").content.decode()

    assert "Records contradict each other." not in text


def test_how_many_rows_others_have_is_not_told(owner, scope):
    alone = owner.get(LIST).context["shows_rows"]
    SiteFactory()
    beside_others = owner.get(LIST).context["shows_rows"]

    assert (alone, beside_others) == (True, False)
