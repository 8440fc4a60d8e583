"""What records of a file say: each becomes the details of a customer, or is refused with its reason."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from customers.kit import copying, ids, scrubbing, tenancy, together
from customers.kit.errors import DomainError, InvalidRequest
from customers.kit.registry import Lookup
from customers.models import Customer, CustomField, EmailUniqueness, Import
from customers.services import custom_fields, customers, email_addresses, import_fields
from customers.services.import_files import Record

readers: Lookup[Callable[..., dict[str, Any]]] = Lookup("readers of imports")
"""`customer` returns what a row's parameters say in the terms of `customers.create`, `object` a JSON line's parameters;
the API layer registers them, whose rules they are."""

_ORGANIZATIONS = {"organization", "business_name"}
_NAMES = ("external_id", "username")
_MOST_DOMAINS = 10_000  # that are remembered


@dataclass(slots=True)
class Row:
    """A record that can become a customer.

    Args:
        details: as `customers.create` takes them.
        key: the value by which a known customer is found; empty where the row has none.
        pk: the id of the customer that it makes; drawn where the key is there, else made of what the row says, so that
            the same row makes one customer, however often it comes.
        prefix: of the invoices of the customer that it makes.
        names: what the customer is called by which one customer only is called, each with its kind.
        lines: the rows of a new customer, where they were drafted.
        refusal: why it can make no new customer.
    """

    record: Record
    details: dict[str, Any]
    key: str
    pk: str
    prefix: str
    names: list[tuple[str, str]]
    lines: list[copying.Line] | None = None
    refusal: DomainError | None = None

    def draft(self, *, at: datetime) -> None:
        """Make the rows of a new customer; from memory alone, but for a custom field or an organization."""
        details = {**self.details, "invoice_prefix": self.prefix}
        try:
            draft = customers.drafted(details=details, pk=self.pk, at=at)
        except DomainError as refusal:
            self.refusal = refusal
        else:
            self.lines = [copying.spelled(row) for row in (draft.customer, *draft.others)]


@dataclass(slots=True)
class Fault:
    """A record that was refused."""

    record: Record
    column: str
    message: str


class RowReader:
    """Reads the records of one import.

    Args:
        at: when; nobody was a customer later.
    """

    def __init__(self, of: Import, *, at: datetime) -> None:
        self._of, self._at = of, at
        self._scope = tenancy.current()
        self._columns = {
            field: column for column in of.columns if (field := of.mapping.get(column))
        }
        self._cells = [
            (
                place,
                import_fields.path_of(of.mapping[column]),
                import_fields.reading_of(of.mapping[column]),
            )
            for place, column in enumerate(of.columns)
            if column in of.mapping
        ]
        self._joins_organizations = not _ORGANIZATIONS.isdisjoint(self._columns)
        policy = self._scope.site.email_uniqueness
        self._is_email_one_s = of.match == Import.Match.EMAIL or policy == EmailUniqueness.ENFORCE
        self._domains: dict[str, DomainError | None] = {}

    def read_all(
        self, records: Iterable[Record], definitions: list[CustomField]
    ) -> list[Row | Fault]:
        """Return what records say, each drafted where that takes nothing but memory, since the database may be busy.

        Args:
            definitions: of the custom fields in use.
        """
        if self._joins_organizations:
            return [self.read(record) for record in records]
        with together.opened():
            custom_fields.remember(definitions)
            return [self._drafted(record) for record in records]

    def read(self, record: Record) -> Row | Fault:
        """Return what a record says."""
        try:
            return self._row(record)
        except DomainError as refusal:
            return self.fault(record, refusal)

    def _drafted(self, record: Record) -> Row | Fault:
        row = self.read(record)
        if isinstance(row, Row):
            row.draft(at=self._at)
        return row

    def fault(self, record: Record, refusal: DomainError) -> Fault:
        """Return the fault that a refusal of a record is."""
        field, column = refusal.param, ""
        while field and not column:  # from `address[line1]` to `address`
            column = self._columns.get(field, "")
            field = field.rpartition("[")[0]
        return Fault(record, column, scrubbing.scrub_secrets(refusal.message)[:1000])

    def _row(self, record: Record) -> Row:
        params = self._params(record)
        if not params:
            raise InvalidRequest("The row says nothing of a customer.")
        details = readers["customer"](params, self._at)
        if email := details.get("email"):
            self._check_domain(email)
        key = str(details.get(self._of.match) or "")
        prefix = details.get("invoice_prefix") or customers.random_prefix()
        pk = self._pk(params, key)
        names = [("invoice_prefix", prefix)] if key else [("invoice_prefix", prefix), ("id", pk)]
        names += [(name, details[name]) for name in _NAMES if details.get(name)]
        if email and self._is_email_one_s:
            names.append(("email", email.upper()))
        return Row(record, details, key, pk, prefix, names)

    def _pk(self, params: Mapping[str, Any], key: str) -> str:
        if key or self._of.match == Import.Match.NOTHING:
            return Customer.new_id()
        said = orjson.dumps(params, option=orjson.OPT_SORT_KEYS).decode()
        return ids.derived(
            Customer.PREFIX, f"import {self._scope.site_id} {self._scope.livemode} {said}"
        )

    def _params(self, record: Record) -> dict[str, Any]:
        if isinstance(record.value, str):
            return self._params_of_object(record.value)
        cells, wanted = record.value, len(self._of.columns)
        if len(cells) < wanted or any(map(str.strip, cells[wanted:])):
            raise InvalidRequest(
                f"The row has {len(cells)} columns, and the file's first line {wanted}."
            )
        if "\x00" in "".join(cells):
            raise InvalidRequest("The row holds a null character.")
        return import_fields.params_of(
            (path, reading(text))
            for place, path, reading in self._cells
            if (text := cells[place].strip())
        )

    def _params_of_object(self, line: str) -> dict[str, Any]:
        flat = import_fields.flattened(readers["object"](line))
        mapping = self._of.mapping
        return import_fields.params_of(
            (import_fields.path_of(field), value)
            for name, value in flat.items()
            if (field := mapping.get(name)) and value is not None
        )

    def _check_domain(self, email: str) -> None:
        """Ask whether an address's domain receives mail, once for each domain, where the site wants that."""
        if not self._scope.site.checks_email_dns:
            return
        domain = email.rpartition("@")[2].lower()
        if domain not in self._domains:
            if len(self._domains) >= _MOST_DOMAINS:
                self._domains.clear()
            self._domains[domain] = _refusal_of(self._scope.site, email)
        refusal = self._domains[domain]
        if refusal is not None:
            raise InvalidRequest(
                f"The domain {domain} takes no mail.", param="email", code="email_invalid"
            )


def _refusal_of(site: Any, email: str) -> DomainError | None:
    try:
        email_addresses.check_deliverable(site, email)
    except InvalidRequest as refusal:
        return refusal
    return None


def kept(record: Record) -> list[str] | str:
    """Return a refused record as it is kept: as it came, but for what may not be stored."""
    if isinstance(record.value, str):
        return _storable(record.value)
    return [_storable(cell) for cell in record.value]


def _storable(text: str) -> str:
    return scrubbing.scrub_secrets(text).replace("\x00", "\N{REPLACEMENT CHARACTER}")
