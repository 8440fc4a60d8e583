import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from customers.kit import clock
from customers.kit.provenance import Provenance, acting
from customers.models import AuditEntry, Role
from customers.services import api_keys, audit, customers, operators
from tests.factories.customers import CustomerFactory, MembershipFactory, OperatorFactory

STAFF = Provenance(
    door="dashboard", actor="robin@example.com", operator_id=7, reason="She asked for it",
    ip_address="192.0.2.7", request_id="req_1",
)  # fmt: skip


def entries(*columns):
    return list(AuditEntry.objects.order_by("id").values_list(*columns))


def test_a_change_by_staff_is_entered_with_before_and_after(scope, at):
    customer = CustomerFactory(name="Ada", email="ada@example.com")

    with acting(STAFF):
        customers.update(customer, details={"name": "Ada Byron"}, at=at)

    (entry,) = AuditEntry.objects.all()
    assert (entry.action, entry.object_type, entry.object_id) == (
        "customer.updated", "customer", customer.pk,
    )  # fmt: skip
    assert (entry.before["name"], entry.after["name"]) == ("Ada", "Ada Byron")
    assert (entry.actor, entry.operator_id, entry.reason) == (
        "robin@example.com", 7, "She asked for it",
    )  # fmt: skip
    assert (entry.ip_address, entry.request_id, entry.door) == ("192.0.2.7", "req_1", "dashboard")
    assert (entry.site_id, entry.livemode, entry.created_at) == (scope.site.pk, False, at)
    assert entry.event_id.startswith("evt_")


@pytest.mark.parametrize("door", ["api", "portal", "worker", "command", "gateway"])
def test_what_others_do_is_no_act_of_the_staff(scope, at, door):
    with acting(Provenance(door=door)):
        customers.create(details={"name": "Ada"}, at=at)
        audit.record("site.change", scope.site, at=at)

    assert entries("action") == []


def test_what_is_undone_is_not_entered(scope, at):
    with acting(STAFF), transaction.atomic():
        customers.create(details={"name": "Ada"}, at=at)
        transaction.set_rollback(True)

    assert entries("action") == []


@pytest.mark.parametrize(
    "change", [lambda rows: rows.update(actor="eve@example.com"), lambda rows: rows.delete()]
)
def test_entries_are_only_ever_added(scope, at, change):
    with acting(STAFF):
        audit.record("site.change", scope.site, at=at)

    with pytest.raises(IntegrityError), transaction.atomic():
        change(AuditEntry.objects.all())

    assert entries("actor") == [("robin@example.com",)]


def test_secrets_never_get_in(scope, at):
    card, key = "4242 4242 4242 4242", f"sk_live_{'a' * 30}"
    said = {
        "client_secret": "pi_secret_1", "password": "x", "note": f"{card} {key}",
        "list": [{"token": "tok_1"}], "permissions": {"tokens": "read"}, "client_secret_at": None,
    }  # fmt: skip

    with acting(STAFF):
        audit.record("site.change", scope.site, after=said, at=at)

    (entry,) = AuditEntry.objects.all()
    assert entry.after == {
        "client_secret": "(not kept)", "password": "(not kept)",
        "note": "[card number] sk_live_aaaa[key]", "list": [{"token": "(not kept)"}],
        "permissions": {"tokens": "read"}, "client_secret_at": None,
    }  # fmt: skip


def test_a_picture_holds_no_sealed_columns(scope, at):
    key, _text = api_keys.issue(scope.site, livemode=False, kind="secret", at=at)

    assert "digest" not in audit.picture(key)


def test_a_sign_in_is_entered_at_each_of_the_operators_sites(scope, other, at):
    operator = OperatorFactory()
    MembershipFactory(operator=operator, site=scope.site)
    MembershipFactory(operator=operator, site=other[0])

    audit.record_of_operator("sign_in.succeeded", operator, by=STAFF, at=at)

    assert {site for (site,) in entries("site_id")} == {scope.site.pk, other[0].pk}


def test_a_sign_in_of_who_is_a_member_nowhere_is_entered_at_no_site(db, at):
    audit.record_of_operator("sign_in.succeeded", OperatorFactory(), by=STAFF, at=at)

    assert entries("site_id") == [(None,)]


def test_members_are_entered_with_their_roles(scope, at):
    MembershipFactory()
    member = MembershipFactory(role=Role.SUPPORT)

    with acting(STAFF):
        operators.set_role(member, Role.ADMIN, by=Role.OWNER, at=at)
        operators.remove(member, by=Role.OWNER, at=at)

    assert entries("action", "before", "after") == [
        ("member.role_changed", {"role": "support"}, {"role": "admin"}),
        ("member.removed", {"role": "admin"}, None),
    ]


def test_failures_to_sign_in_are_forgotten_after_the_wait(client, db):
    client.post("/admin/login/", {"username": "eve@example.com", "password": "wrong"})
    now = clock.now()

    kept = operators.forget_failures(at=now)
    gone = operators.forget_failures(at=now + 2 * settings.AXES_COOLOFF_TIME)

    assert (kept, gone) == (0, 1)
