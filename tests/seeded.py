"""A site with one object of each kind, made once for all tests of a module; what each of them changes is undone."""

from types import SimpleNamespace

import pytest
from django.db import transaction

from customers.kit import clock
from customers.models import Site
from customers.services import sites
from tests.v1_client import V1Client
from tests.v1_routes import seed


@pytest.fixture(scope="module")
def seeded(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        # Tests' transactions are within this one, which is one of tests to whoever refuses to run inside another.
        outer = transaction.atomic()
        outer._from_testcase = True
        outer.__enter__()
        site, keys = sites.create(name="Acme", slug="acme", country="US", at=clock.now())
        ids = seed(V1Client(keys["sk_test"]))
        ids.make_all()
    yield SimpleNamespace(pk=site.pk, keys=keys, ids=ids)
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        outer.__exit__(None, None, None)


@pytest.fixture
def made(db, seeded):
    """The site, and the texts of its keys."""
    return Site.objects.get(pk=seeded.pk), seeded.keys


@pytest.fixture
def ids(made, seeded):
    """The ids of its objects, by the names of their schemas."""
    return seeded.ids
