"""Bulk work: asked for on the list of customers, carried out by the worker, once for each row."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection

from customers.admin import bulk_worker
from customers.events.models import Event
from customers.kit import clock
from customers.kit.errors import InvalidState
from customers.kit.tenancy import every_site
from customers.models import BulkJob, BulkJobPart, Customer, CustomField, Membership, Role
from customers.services import bulk_acts, bulk_jobs, customers
from tests.factories.customers import BulkJobFactory, CustomerFactory, CustomFieldFactory

LIST, JOBS = "/admin/customers/customer/", "/admin/customers/bulkjob/"
Act, Status = BulkJob.Act, BulkJob.Status


def made(count, **values):
    at = clock.now()
    return [
        customers.create(details={"name": f"C{number}", **values}, at=at + timedelta(microseconds=number))
        for number in range(count)
    ]  # fmt: skip


def carried_out(answer):
    job = BulkJob.objects.get(pk=answer.url.rstrip("/").rpartition("/")[2])
    bulk_worker.run(job.pk)
    job.refresh_from_db()
    return job


def result(client, job):
    text = b"".join(client.get(f"{JOBS}{job.pk}/result/").streaming_content).decode()
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def figures(job):
    return (job.status, job.total, job.done, job.failed)


# -- Asking -----------------------------------------------------------------------------------------------------------


def test_a_preview_shows_the_first_of_those_that_are_touched(owner, scope):
    for customer in made(12):
        Customer.objects.filter(pk=customer.pk).update(mail_marketing=True)
    CustomerFactory(name="Another")

    touched = owner.get(f"{LIST}bulk/tag/?all=1&consent=yes").context["form"].touched

    assert touched.count == "12"
    assert [person["name"] for person in touched.some] == [f"C{n}" for n in range(11, 1, -1)]


def test_a_preview_counts_so_far_and_no_further(owner, scope, monkeypatch):
    monkeypatch.setattr("customers.admin.bulk.COUNTED", 2)
    CustomerFactory.create_batch(3)

    assert owner.get(f"{LIST}bulk/tag/?all=1").context["form"].touched.count == "2+"


def test_chosen_customers_are_tagged(owner, scope):
    first, second, third = made(3)
    url = f"{LIST}bulk/tag/?id={first.pk}&id={second.pk}&id=cus_nothere"

    job = carried_out(owner.post(url, {"key": "segment", "value": "winter"}))

    assert figures(job) == (Status.DONE, 2, 2, 0)
    assert dict(Customer.objects.values_list("pk", "metadata")) == {
        first.pk: {"segment": "winter"}, second.pk: {"segment": "winter"}, third.pk: {},
    }  # fmt: skip
    assert result(owner, job) == [
        ["id", "name", "email", "outcome", "message"],
        [second.pk, "C1", "", "done", ""],
        [first.pk, "C0", "", "done", ""],
    ]


def test_all_that_match_are_touched_in_the_operator_s_name(owner, scope):
    made(3)
    Customer.objects.filter(name="C1").update(balance=5, currency="usd")

    job = carried_out(owner.post(f"{LIST}bulk/tag/?all=1&balance=owed", {"key": "owes", "value": "yes"}))  # fmt: skip

    (event,) = Event.objects.filter(type="customer.updated")
    assert figures(job) == (Status.DONE, 1, 1, 0)
    whose = Customer.objects.get(name="C1").pk
    assert (event.door, event.actor, event.object_id) == ("dashboard", "owner@example.com", whose)


def test_who_comes_after_the_job_is_left_alone(owner, scope):
    made(1)
    answer = owner.post(f"{LIST}bulk/tag/?all=1", {"key": "a", "value": "b"})
    CustomerFactory(name="Later", created_at=clock.now() + timedelta(seconds=5))

    job = carried_out(answer)

    assert figures(job) == (Status.DONE, 1, 1, 0)


@pytest.mark.parametrize(
    ("field", "value", "column", "stored"),
    [
        pytest.param("language", "fr", "preferred_locales", ["fr"], id="language"),
        pytest.param("tax_exempt", "exempt", "tax_exempt", "exempt", id="tax"),
        pytest.param("preferred_currency", "eur", "preferred_currency", "eur", id="currency"),
        pytest.param("timezone", "Asia/Bangkok", "timezone", "Asia/Bangkok", id="time zone"),
        pytest.param("custom_fields[seats]", "7", "custom_fields", {"seats": 7}, id="custom field"),
    ],
)
def test_a_field_is_set(owner, scope, field, value, column, stored):
    CustomFieldFactory(key="seats", label="Seats", kind=CustomField.Kind.NUMBER)
    made(2)

    chosen = owner.get(f"{LIST}bulk/set_field/?all=1")
    job = carried_out(owner.post(f"{LIST}bulk/set_field/?all=1&field={field}", {"value": value}))

    assert [str(label) for label, _url in chosen.context["fields"]] == [
        "Seats", "Language", "Time zone", "Preferred currency", "Tax",
    ]  # fmt: skip
    assert figures(job) == (Status.DONE, 2, 2, 0)
    assert list(Customer.objects.values_list(column, flat=True)) == [stored, stored]


def test_a_value_that_the_field_does_not_take_is_refused_before_anybody_is_touched(owner, scope):
    CustomFieldFactory(key="seats", kind=CustomField.Kind.NUMBER)
    made(1)

    answer = owner.post(
        f"{LIST}bulk/set_field/?all=1&field=custom_fields[seats]", {"value": "many"}
    )

    assert answer.status_code == 200
    assert "it must be a number" in answer.content.decode()
    assert not BulkJob.objects.exists()


def test_customers_are_deleted_only_by_who_is_sure(owner, scope):
    made(2)

    unsure = owner.post(f"{LIST}bulk/delete/?all=1", {})
    job = carried_out(owner.post(f"{LIST}bulk/delete/?all=1", {"is_sure": "on"}))

    assert unsure.status_code == 200
    assert figures(job) == (Status.DONE, 2, 2, 0)
    assert not Customer.objects.living().exists()


def test_nobody_is_touched_where_nobody_was_chosen(owner, scope):
    made(1)

    answer = owner.post(f"{LIST}bulk/tag/", {"key": "a", "value": "b"})

    assert "Nobody was chosen." in answer.content.decode()
    assert not BulkJob.objects.exists()


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.OWNER, {"tag", "set_field", "delete"}),
        (Role.ADMIN, {"tag", "set_field", "delete"}),
        (Role.SUPPORT, {"tag", "set_field"}),
        (Role.READ_ONLY, set()),
    ],
)
def test_a_role_may_do_what_it_may_do_to_one(signed_in, scope, role, allowed):
    client = signed_in(role)
    CustomerFactory()

    offered = client.get(LIST).context["bulk_acts"]
    acts = ("tag", "set_field", "delete")
    answers = {act: client.get(f"{LIST}bulk/{act}/?all=1").status_code for act in acts}

    assert {act["url"].split("/")[-2] for act in offered} - {"card_update"} == allowed
    assert answers == {act: 200 if act in allowed else 403 for act in answers}


@pytest.mark.parametrize(
    "query", ["cf_nothing=1", "nonsense=1", "q=%22", 'q=shoe_size:"43"', "order=x&columns=tick", "field=x"]
)  # fmt: skip
def test_an_address_that_makes_no_sense_is_no_error_of_ours(owner, scope, query):
    CustomerFactory()

    answers = [
        owner.get(f"{LIST}bulk/{act}/?all=1&{query}") for act in ("tag", "set_field", "delete")
    ]

    assert {answer.status_code for answer in answers} <= {200, 400, 404}
    assert owner.get(f"{LIST}?{query}").status_code in {200, 302, 400}


def test_an_act_that_is_none_is_not_found(owner, scope):
    assert owner.get(f"{LIST}bulk/export/?all=1").status_code == 404


# -- Carrying out -----------------------------------------------------------------------------------------------------


def test_what_fails_for_one_does_not_stop_the_others(owner, scope, monkeypatch):
    first, second, third = made(3)
    answer = owner.post(f"{LIST}bulk/tag/?all=1", {"key": "a", "value": "b"})
    customers.delete(second, at=clock.now())
    monkeypatch.setitem(bulk_acts.acts._functions, Act.TAG, _tag_but(third.pk))

    job = carried_out(owner.post(f"{LIST}bulk/tag/?all=1", {"key": "a", "value": "b"}))

    assert answer.status_code == 302
    assert figures(job) == (Status.DONE, 2, 1, 1)
    assert [row[0::3] for row in result(owner, job)[1:]] == [[third.pk, "failed"], [first.pk, "done"]]  # fmt: skip


def _tag_but(pk):
    tag = bulk_acts.acts[Act.TAG]

    def act(customer, job, at):
        tag(customer, job, at)
        if customer.pk == pk:
            raise InvalidState("Not this one.")

    return act


def test_a_worker_that_dies_leaves_each_row_done_once(owner, scope, monkeypatch):
    people = made(4)
    answer = owner.post(f"{LIST}bulk/tag/?all=1", {"key": "a", "value": "b"})
    done = []
    tag = bulk_acts.acts[Act.TAG]

    def dies_after_two(customer, job, at):
        if len(done) == 2:
            done.append("death")
            raise SystemExit
        tag(customer, job, at)
        done.append(customer.pk)

    monkeypatch.setitem(bulk_acts.acts._functions, Act.TAG, dies_after_two)

    with pytest.raises(SystemExit):
        carried_out(answer)
    job = carried_out(answer)

    assert figures(job) == (Status.DONE, 4, 4, 0)
    assert [pk for pk in done if pk != "death"] == [person.pk for person in reversed(people)]
    assert len(result(owner, job)) == 5
    assert Event.objects.filter(type="customer.updated").count() == 4


def test_a_job_that_is_canceled_stops_before_its_next_row(owner, scope, monkeypatch):
    made(3)
    answer = owner.post(f"{LIST}bulk/tag/?all=1", {"key": "a", "value": "b"})
    tag = bulk_acts.acts[Act.TAG]

    def cancels(customer, job, at):
        tag(customer, job, at)
        owner.post(f"{answer.url}cancel/")

    monkeypatch.setitem(bulk_acts.acts._functions, Act.TAG, cancels)

    job = carried_out(answer)

    assert figures(job) == (Status.CANCELED, 3, 1, 0)


def test_a_job_of_somebody_who_lost_the_role_is_given_up(owner, scope):
    made(1)
    answer = owner.post(f"{LIST}bulk/tag/?all=1", {"key": "a", "value": "b"})
    Membership.objects.update(role=Role.READ_ONLY)

    job = carried_out(answer)

    assert figures(job) == (Status.FAILED, None, 0, 0)
    assert job.error == "Whoever asked for this may not do it any more."


def test_a_job_that_has_ended_is_not_done_again(owner, scope):
    made(1)
    job = carried_out(owner.post(f"{LIST}bulk/tag/?all=1", {"key": "a", "value": "b"}))

    bulk_worker.run(job.pk)
    bulk_worker.run("bulk_nothere")

    assert Event.objects.filter(type="customer.updated").count() == 1
    with pytest.raises(InvalidState):
        bulk_jobs.cancel(job, at=clock.now())


def test_a_long_job_lets_others_go_first(owner, scope, monkeypatch):
    monkeypatch.setattr(bulk_worker, "_TURN", timedelta(0))
    made(2)
    answer = owner.post(f"{LIST}bulk/tag/?all=1", {"key": "a", "value": "b"})
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")

    waiting = [figures(carried_out(answer))]
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, args->>'job_id' FROM procrastinate_jobs")
        queued = cursor.fetchall()

    pk = BulkJob.objects.get().pk
    assert waiting == [(Status.RUNNING, 2, 0, 0)]
    assert queued == [("customers.run_bulk_job", pk)]


def test_no_more_jobs_are_taken_than_the_worker_can_do(owner, scope):
    BulkJobFactory.create_batch(bulk_jobs.MAX_OPEN)
    made(1)

    refused = owner.post(f"{LIST}bulk/tag/?all=1", {"key": "a", "value": "b"})

    assert "20 others have not ended yet" in refused.content.decode()
    assert BulkJob.objects.count() == bulk_jobs.MAX_OPEN


def test_old_jobs_go_with_their_results(scope):
    at = clock.now()
    old = BulkJobFactory(status=Status.DONE, finished_at=at - timedelta(days=8))
    kept = BulkJobFactory(status=Status.DONE, finished_at=at - timedelta(days=6))
    BulkJobPart.belonging_to(old, created_at=at, job=old, position=0, text="a").save()

    gone = bulk_jobs.delete_old(at=at)

    with every_site():
        assert (gone, list(BulkJob.objects.all()), BulkJobPart.objects.count()) == (1, [kept], 0)


def test_who_may_only_look_sees_no_jobs(reader, scope):
    assert reader.get(JOBS).status_code == 403


# -- Pages of jobs ----------------------------------------------------------------------------------------------------


def test_the_page_of_a_job_says_how_far_it_is(owner, scope):
    job = BulkJobFactory(
        status=Status.RUNNING, total=1200, done=1000, failed=3, settings={"key": "a"}
    )

    shown = owner.get(f"{JOBS}{job.pk}/").content.decode()
    said = owner.get(f"{JOBS}{job.pk}/progress/").json()

    words = "Running: 1,003 / 1,200 · 3 failed"
    assert said == {"words": words, "passed": 1003, "total": 1200, "is_open": True}
    assert words in shown
    assert owner.get(f"{JOBS}{job.pk}/result/").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_jobs_costs_the_same_for_any_number(
    owner, scope, count, django_assert_num_queries
):
    BulkJobFactory.create_batch(count)
    owner.get(JOBS)

    with django_assert_num_queries(4):  # session, operator, sites, jobs
        owner.get(JOBS)
