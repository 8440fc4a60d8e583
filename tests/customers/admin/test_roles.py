"""Every role against every page and every form of the dashboard, as `roles.toml` says and no more."""

import os
import tomllib
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.template.response import SimpleTemplateResponse
from django.test import Client

from customers.admin.base import TenantAdmin
from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import AuditEntry, Membership, Role
from tests.customers.admin.addresses import ADDRESSES, filled, one_of_each
from tests.factories.payments import GatewayAccountFactory

TABLE = Path(__file__).parent / "roles.toml"
LETTERS = {
    Role.OWNER: "O", Role.ADMIN: "A", Role.BILLING: "B", Role.SUPPORT: "S", Role.DEVELOPER: "D",
    Role.READ_ONLY: "R",
}  # fmt: skip
OF_CUSTOMER = {
    "payments_charge_new", "payments_paymentmethod_link", "billing_discount_give",
    "billing_invoice_new", "billing_subscription_new", "portal_portalsession_look",
    "portal_portalsession_send",
}  # fmt: skip
QUERIES = {
    "customers_apikey_add": "kind=secret",
    "customers_customfield_add": "kind=text",
    "events_webhookendpoint_add": "kind=stripe",
    "billing_coupon_add": "kind=percent",
    "payments_gatewayaccount_add": "kind=omise",
}
"""Of forms that first ask for what kind of thing."""
NAMED = {name: address for name, address in ADDRESSES if name}
UNROLED = {"logout", "choose"}  # whoever is in may leave, and look at another of the own sites
HEAD = """\
# What each role may do in the dashboard: every address by its name, who may open it, and who may send its form.
# O owner, A administrator, B billing, S support, D developer, R read only; a small letter: in test mode only.
# What is not listed nobody may open. A new page fails the tests: look at what they write for it with WRITE_ROLES=1, and
# whether it should be so.

"""


def _expected():
    return tomllib.loads(TABLE.read_text(encoding="utf-8")) if TABLE.exists() else {}


@pytest.fixture
def ids(site):
    """Of rows in test mode and in live mode, with an entry of the audit log in each."""
    found = {}
    for livemode in (False, True):
        with scoped_to(site, livemode=livemode):
            if livemode:
                GatewayAccountFactory(is_active=True, kind="stripe")
            found[livemode] = one_of_each(site)
        entry = AuditEntry.objects.create(
            id=f"audit_{livemode}", site=site, livemode=livemode, created_at=clock.now(),
            action="site.change", door="dashboard",
        )  # fmt: skip
        found[livemode]["customers_auditentry"] = entry.pk
    return found


def _urls(ids, member):
    """Return each address with a row in it, by name."""
    rows = {**ids, "customers_membership": str(member.pk)}
    urls = {}
    for name, address in NAMED.items():
        kind = next((kind for kind in rows if name.startswith(f"{kind}_")), "")
        part = rows["tax_id" if "tax_id" in name else "address"]
        gaps = {"object_id": rows.get(kind, ""), "pk": part, "invoice_id": rows["billing_invoice"]}
        if name in OF_CUSTOMER:
            gaps["query"] = f"customer={rows['customers_customer']}"
        gaps["pk"] = rows["customers_message"] if "message" in name else gaps["pk"]
        query = gaps.pop("query", QUERIES.get(name, ""))
        urls[name] = filled(address, **gaps) + (f"?{query}" if query else "")
    return urls


def _undone(request):
    """Send a request, and take back what it did."""
    point = transaction.savepoint()
    answer = request()
    transaction.savepoint_rollback(point)
    return answer


@contextmanager
def unrendered():
    """Answer without the pages themselves, which take most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SimpleTemplateResponse, "rendered_content", property(lambda _answer: ""))
        yield


def _has_form(answer):
    is_page = answer.status_code == 200 and not answer.streaming
    return is_page and b'<form class="form"' in answer.content


def _walk(client, urls, forms):
    """Return the names that can be opened, and those whose forms can be sent."""
    opened = {
        name for name, url in urls.items()
        if name not in UNROLED and _undone(lambda url=url: client.get(url)).status_code < 400
    }  # fmt: skip
    sent = {
        name for name in forms
        if _undone(lambda url=urls[name]: client.post(url)).status_code < 400
    }  # fmt: skip
    return opened, sent


def _in(site, client, *, livemode):
    mode = "live" if livemode else "test"
    client.post("/admin/choose/", {"site": site.pk, "mode": mode})


@pytest.fixture
def _no_form_acts(monkeypatch):
    """Whoever may send a form gets as far as where it would be run."""
    run = TenantAdmin.run_form

    def stop(page, request, *args, **kwargs):
        if request.method == "POST":
            return HttpResponse()
        return run(page, request, *args, **kwargs)

    monkeypatch.setattr(TenantAdmin, "run_form", stop)


@pytest.fixture
def found(_no_form_acts, site, operator_with, ids, nothing_written):
    """Return, by address, which letters may open it and which may send its form."""
    clients = {}
    for role in Role.values:
        clients[role] = Client()
        clients[role].force_login(operator_with(role))
    member = Membership.objects.get(role=Role.READ_ONLY)
    may = {"open": defaultdict(dict), "send": defaultdict(dict)}
    forms = set()
    for livemode in (False, True):
        urls = _urls(ids[livemode], member)
        _in(site, clients[Role.OWNER], livemode=livemode)
        forms |= {
            name for name, url in urls.items()
            if name not in UNROLED and _has_form(_undone(lambda url=url: clients[Role.OWNER].get(url)))
        }  # fmt: skip
        for role, client in clients.items():
            _in(site, client, livemode=livemode)
            with nothing_written(), unrendered():
                opened, sent = _walk(client, urls, forms)
            for how, names in (("open", opened), ("send", sent)):
                for name in names:
                    may[how][name].setdefault(role, set()).add(livemode)
    return may, forms


def _letters(modes):
    text = ""
    for role, letter in LETTERS.items():
        where = modes.get(role, set())
        assert where != {True}, f"{role} in live mode only"
        text += letter if where == {False, True} else letter.lower() if where else ""
    return text


def _table(may, forms):
    table = {}
    for name in sorted(may["open"]):
        table[name] = {"open": _letters(may["open"][name])}
        if name in forms:
            table[name]["send"] = _letters(may["send"].get(name, {}))
    return table


def _spelled(table):
    lines = []
    for name, may in table.items():
        inside = ", ".join(f'{how} = "{letters}"' for how, letters in may.items())
        lines.append(f"{name} = {{ {inside} }}\n")
    return HEAD + "".join(lines)


def test_every_role_opens_and_sends_what_the_table_says_and_no_more(found):
    table = _table(*found)
    if os.environ.get("WRITE_ROLES"):
        TABLE.write_text(_spelled(table), encoding="utf-8")

    assert table == _expected()
