"""Everything that is kept of a customer, as a file: who gets it, and in what."""

import io
import json
import zipfile

import pytest

from customers.models import Role
from customers.services import privacy
from tests.customers.admin import page
from tests.factories.customers import CustomerFactory, EventFactory


def here(customer):
    return f"/admin/customers/customer/{customer.pk}/export/"


def test_the_file_is_json(owner, scope):
    customer = CustomerFactory()

    answer = owner.post(here(customer), page.fields(owner.get(here(customer))))

    said = json.loads(answer.getvalue())
    assert said["customer"]["id"] == customer.pk
    assert answer["Content-Type"] == "application/json"
    assert "no-store" in answer["Cache-Control"]
    assert answer["Content-Disposition"].startswith(f'attachment; filename="{customer.pk}-')


def test_a_large_one_is_packed(owner, scope, monkeypatch):
    monkeypatch.setattr(privacy, "_LARGE", 1)
    customer = CustomerFactory()
    EventFactory.create_batch(2, customer_id=customer.pk)

    answer = owner.post(here(customer))

    archive = zipfile.ZipFile(io.BytesIO(answer.getvalue()))
    (name,) = archive.namelist()
    assert answer["Content-Type"] == "application/zip"
    assert (archive.testzip(), name.endswith(".json")) == (None, True)
    assert len(json.loads(archive.read(name))["events"]) == 2


def test_nothing_is_handed_out_before_it_is_asked_for(owner, scope):
    answer = owner.get(here(CustomerFactory()))

    assert answer["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("role", Role.values)
def test_only_staff_takes_it_away(signed_in, scope, role):
    customer = CustomerFactory()

    client = signed_in(role)

    codes = [ask(here(customer)).status_code for ask in (client.get, client.post)]

    assert codes == ([403, 403] if role == Role.READ_ONLY else [200, 200])
