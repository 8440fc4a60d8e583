"""Files that tests bring, and what comes of them."""

import io

from customers.kit import clock
from customers.models import Customer, ImportFault
from customers.services import custom_fields, imports
from customers.tasks import run_import


def brought(text, *, name="customers.csv", **chosen):
    data = text if isinstance(text, bytes) else text.encode()
    of = imports.create(io.BytesIO(data), file_name=name, at=clock.now())
    return imports.update(of, details=chosen, at=clock.now()) if chosen else of


def carried_out(of):
    imports.run(of, at=clock.now())
    run_import(of.pk)
    return imports.get(of.pk)


def checked(of):
    imports.check(of, at=clock.now())
    run_import(of.pk)
    return imports.get(of.pk)


def define(**details):
    return custom_fields.create(details=details, at=clock.now())


def counts(of):
    return (of.read, of.created, of.updated, of.skipped, of.failed)


def wrong(of):
    rows = ImportFault.objects.filter(of=of).order_by("number")
    return [(fault.number, fault.column, fault.message) for fault in rows]


def emails():
    return sorted(Customer.objects.living().values_list("email", flat=True))
