"""What a bulk job can do to a customer, by the services that do it to one."""

from collections.abc import Callable
from datetime import datetime

from customers.kit.registry import Lookup
from customers.models import BulkJob, Customer
from customers.services import customers

COLUMNS = ("language", "timezone", "preferred_currency", "tax_exempt")
"""What can be set for many at once beside custom fields: nothing that is one customer's alone."""

acts: Lookup[Callable[[Customer, BulkJob, datetime], object]] = Lookup("acts of bulk jobs")
"""By `BulkJob.Act`; gets the customer, the job and the instant. Higher apps add theirs."""


def register() -> None:
    """Enter the functions."""
    acts.register(BulkJob.Act.TAG, _tag)
    acts.register(BulkJob.Act.SET_FIELD, _set_field)
    acts.register(BulkJob.Act.DELETE, _delete)


def _tag(customer: Customer, job: BulkJob, at: datetime) -> object:
    metadata = {job.settings["key"]: job.settings["value"]}
    return customers.update(customer, details={"metadata": metadata}, at=at)


def _set_field(customer: Customer, job: BulkJob, at: datetime) -> object:
    name, value = job.settings["field"], job.settings["value"]
    if name in COLUMNS:
        return customers.update(customer, details={name: value}, at=at)
    key = name.removeprefix("custom_fields[").removesuffix("]")
    return customers.update(customer, details={"custom_fields": {key: value}}, at=at)


def _delete(customer: Customer, _job: BulkJob, at: datetime) -> object:
    return customers.delete(customer, at=at)
