"""All that a site has, taken away from the dashboard."""

import io
import json
import zipfile

import pytest

from customers.admin import takeout
from customers.models import AuditEntry, Role
from customers.restkit import takeouts
from tests.customers.admin import page
from tests.factories.customers import CustomerFactory

HERE = "/admin/takeout/"


def unpacked(answer):
    archive = zipfile.ZipFile(io.BytesIO(answer.getvalue()))
    assert archive.testzip() is None
    return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("shape", takeouts.SHAPES)
def test_the_archive_has_a_file_of_each_kind(owner, scope, shape):
    customer = CustomerFactory()

    answer = owner.post(HERE, {**page.fields(owner.get(HERE)), "format": shape})

    found = unpacked(answer)
    assert list(found) == [f"{name}.ndjson" for name in takeouts.names(shape)]
    assert json.loads(found["customers.ndjson"])["id"].endswith(customer.pk[4:])
    assert answer["Content-Type"] == "application/zip"
    assert f"-test-{shape}-" in answer["Content-Disposition"]
    assert AuditEntry.objects.get(action="data.taken_away").after == {"format": shape}


def test_lists_are_taken_as_csv(owner, scope):
    CustomerFactory(name="=1")

    found = unpacked(owner.post(HERE, {"format": "csv"}))

    assert list(found) == [f"{name}.csv" for name in takeout.names("csv")]
    assert b'"\'=1"' in found["customers.csv"]


@pytest.mark.parametrize("role", Role.values)
def test_only_who_may_export_takes_all(signed_in, scope, role):
    client = signed_in(role)

    codes = [client.get(HERE).status_code, client.post(HERE, {"format": "stripe"}).status_code]

    assert codes == ([403, 403] if role in {Role.SUPPORT, Role.READ_ONLY} else [200, 200])
    assert AuditEntry.objects.filter(action="data.taken_away").count() == codes.count(200) // 2
