"""The audit log's pages, and that no act of the dashboard is missing in it."""

import pytest
from django.db import transaction
from django.test import Client

from customers.admin.customers import CustomerAdmin
from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import AuditEntry, Customer, Operator, Role
from tests.customers.admin import page
from tests.customers.admin.addresses import ADDRESSES, filled, one_of_each
from tests.customers.admin.test_roles import NAMED, OF_CUSTOMER, QUERIES
from tests.factories.customers import CustomerFactory

LOG = "/admin/customers/auditentry/"


def entry(site, **said):
    values = {
        "id": f"audit_{AuditEntry.objects.count()}", "site": site, "livemode": False,
        "created_at": clock.now(), "action": "customer.updated", "actor": "robin@example.com",
        "door": "dashboard", **said,
    }  # fmt: skip
    return AuditEntry.objects.create(**values)


def listed(answer):
    return [cells[:4] for cells in page.rows(answer)]


def test_the_list_says_who_did_what_to_what_and_why(owner, site):
    entry(site, object_label="Ada Byron", reason="She asked for it")

    assert listed(owner.get(LOG)) == [
        ["Customer changed", "robin@example.com", "Ada Byron", "She asked for it"]
    ]


@pytest.mark.parametrize(
    "query", ["actor=eve@example.com", "action=site.change", "object=cus_2", "from=2031-01-01"]
)
def test_the_list_is_narrowed(owner, site, query):
    entry(site, id="audit_a")
    wanted = entry(
        site, id="audit_b", actor="eve@example.com", action="site.change", object_id="cus_2",
        created_at=clock.now().replace(year=2032, day=1),
    )  # fmt: skip

    found = owner.get(f"{LOG}?{query}").context["cl"].result_list

    assert found == [wanted]


def test_entries_of_other_sites_and_modes_are_not_there(owner, site, other):
    entry(other[0], id="audit_a")
    entry(site, id="audit_b", livemode=True)
    settings = entry(site, id="audit_c", livemode=None)

    assert owner.get(LOG).context["cl"].result_list == [settings]
    assert [owner.get(f"{LOG}audit_{one}/").status_code for one in "abc"] == [404, 404, 200]


def test_what_concerns_no_site_is_for_who_administers_the_installation(operator_with, site):
    root = operator_with(email="root@example.com")
    Operator.objects.filter(pk=root.pk).update(is_superuser=True)
    sign_in = entry(None, id="audit_a", livemode=None, action="sign_in.succeeded")
    here = entry(site, id="audit_b")
    browser, page_ = Client(), f"{LOG}audit_a/?where=installation"
    browser.force_login(root)

    lists = [
        browser.get(LOG + asked).context["cl"].result_list for asked in ("", "?where=installation")
    ]

    assert lists == [[here], [sign_in]]
    assert page_ in browser.get(f"{LOG}?where=installation").content.decode()
    assert browser.get(page_).status_code == 200


def test_an_owner_of_a_site_does_not_see_what_concerns_none(owner, site):
    entry(None, id="audit_a", livemode=None, action="sign_in.succeeded")
    here = entry(site, id="audit_b")

    answer = owner.get(f"{LOG}?where=installation")

    assert answer.context["cl"].result_list == [here]
    assert "The installation" not in answer.content.decode()
    assert owner.get(f"{LOG}audit_a/?where=installation").status_code == 404


def test_a_page_down_the_list_counts_nothing(owner, site, django_assert_num_queries):
    for number in range(60):
        entry(site, id=f"audit_{number:03}")
    first = owner.get(LOG)

    with django_assert_num_queries(5):
        second = owner.get(LOG + first.context["cl"].older_url)

    assert [row.pk for row in second.context["cl"].result_list][:2] == ["audit_034", "audit_033"]


def test_an_entry_shows_before_and_after(owner, site):
    made = entry(
        site, before={"name": "Ada", "address": {"city": "Paris"}},
        after={"name": "Ada Byron", "address": {"city": ""}}, reason="She married",
    )  # fmt: skip

    answer = owner.get(f"{LOG}{made.pk}/")

    assert page.rows(answer) == [
        ["address[city]", "Paris", "\N{EN DASH}"],
        ["name", "Ada", "Ada Byron"],
    ]
    assert page.facts(answer)["Reason"] == "She married"


def test_a_page_leads_to_what_staff_did_there(signed_in, scope):
    customer = CustomerFactory()
    url = f"/admin/customers/customer/{customer.pk}/"

    offered = [
        f"{LOG}?object={customer.pk}" in page.links(signed_in(role).get(url))
        for role in (Role.OWNER, Role.SUPPORT)
    ]

    assert offered == [True, False]


def test_a_change_without_an_event_is_entered_with_what_changed(owner, site):
    change = f"/admin/customers/site/{site.pk}/business/"

    owner.post(change, page.fields(owner.get(change), name="Acme Ltd"))

    (made,) = AuditEntry.objects.all()
    assert (made.action, made.object_id, made.before, made.after) == (
        "site.business", site.pk, {"name": site.name}, {"name": "Acme Ltd"},
    )  # fmt: skip
    assert (made.actor, made.ip_address) == ("owner@example.com", "127.0.0.1")


def test_what_is_refused_is_not_entered(owner, scope):
    owner.post("/admin/customers/customer/add/", {"email": "nobody"})

    assert not AuditEntry.objects.exists()


def test_a_page_that_forgot_to_ask_changes_nothing(reader, scope, monkeypatch, nothing_written):
    customer = CustomerFactory(name="Ada")
    monkeypatch.setattr(CustomerAdmin, "has_change_permission", lambda *_: True)
    change = f"/admin/customers/customer/{customer.pk}/change/"
    form = page.fields(reader.get(change), name="Eve")

    with nothing_written():
        answer = reader.post(change, form)

    assert answer.status_code == 403
    assert b"Your role does not allow this here." in answer.content
    assert Customer.objects.get().name == "Ada"


def test_that_holds_for_who_would_have_the_power(owner, scope, monkeypatch, nothing_written):
    customer = CustomerFactory(name="Ada")
    change = f"/admin/customers/customer/{customer.pk}/change/"
    form = page.fields(owner.get(change), name="Eve")
    monkeypatch.setattr(CustomerAdmin, "has_change_permission", lambda *_: True)

    with nothing_written():
        assert owner.post(change, form).status_code == 403


# -- No act is missing -------------------------------------------------------------------------------------------------

UNTRIED = {
    "choose",  # changes nothing
    "logout",  # ends the session; see the tests of signing in
    "billing_creditnote_void",  # the factory's note does not add up with its invoice
}
FILLED = {
    "customers_customer_add": {"name": "Ada"},
    "customers_organization_add": {"name": "Acme"},
}


def _ids(site):
    with scoped_to(site, livemode=False):
        return one_of_each(site)


def _url(name, rows):
    kind = next((kind for kind in rows if name.startswith(f"{kind}_")), "")
    part = rows["tax_id" if "tax_id" in name else "address"]
    gaps = {"object_id": rows.get(kind, ""), "pk": part, "invoice_id": rows["billing_invoice"]}
    query = f"customer={rows['customers_customer']}" if name in OF_CUSTOMER else QUERIES.get(name)
    return filled(NAMED[name], **gaps) + (f"?{query}" if query else "")


def test_every_act_of_the_dashboard_is_entered(owner, site):
    rows = _ids(site)
    done, silent = set(), set()
    for name, _address in ADDRESSES:
        if not name or name in UNTRIED:
            continue
        url = _url(name, rows)
        point = transaction.savepoint()
        asked = owner.get(url)
        is_page = asked.status_code == 200 and not asked.streaming
        if is_page and b'<form class="form"' in asked.content:
            answer = owner.post(url, page.fields(asked, **FILLED.get(name, {})))
            if answer.status_code == 302:
                done.add(name)
                if not AuditEntry.objects.exists():
                    silent.add(name)
        transaction.savepoint_rollback(point)

    assert silent == set()
    assert len(done) > 40
