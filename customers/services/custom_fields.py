"""Custom fields: their definitions, and the checking of values against them (rule R15)."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import regex
from django.db import transaction

from customers.events.services import events
from customers.kit import tenancy, together
from customers.kit.constraints import translated
from customers.kit.errors import DomainError, InvalidRequest, NotFound
from customers.models import CustomField, Site

Kind = CustomField.Kind
CONSTRAINTS: dict[str, dict[str, type]] = {
    Kind.TEXT: {"min_length": int, "max_length": int, "pattern": str},
    Kind.NUMBER: {"minimum": float, "maximum": float, "integer": bool},
    Kind.DATE: {"earliest": str, "latest": str},
    Kind.DROPDOWN: {"options": list},
    Kind.CHECKBOX: {},
}
MAX_TEXT = 5000
_PATTERN_SECONDS = 0.1
MAX_NUMBER = Decimal(10) ** 15
MAX_FIELDS = 100  # per site and mode


def get(pk: str) -> CustomField:
    """Return a definition by its id or its key.

    Raises:
        NotFound: there is none.
    """
    found = CustomField.objects.filter(pk=pk).first() or CustomField.objects.filter(key=pk).first()
    if found is None:
        raise NotFound(f"No such custom field: '{pk}'", param="id")
    return found


def create(*, details: Mapping[str, Any], at: datetime) -> CustomField:
    """Define a field.

    Args:
        details: columns by name; `key`, `label` and `kind` at least.

    Raises:
        InvalidRequest: the key is taken, the constraints do not fit the kind, or there are too many fields.
    """
    scope = tenancy.current()
    field = CustomField(
        id=CustomField.new_id(), site=scope.site, livemode=scope.livemode, created_at=at, **details
    )
    check_constraints(field.kind, field.constraints)
    if CustomField.objects.count() >= MAX_FIELDS:
        raise InvalidRequest(f"A site has {MAX_FIELDS} custom fields at most.")
    with transaction.atomic(savepoint=False), translated({"custom_field_key_once": _key_taken}):
        field.save(force_insert=True)
        _note_required(field.site)
        events.publish("custom_field.created", field, at=at)
    return field


def update(field: CustomField, *, details: Mapping[str, Any], at: datetime) -> CustomField:
    """Change a definition; its key and kind stay, and values written before are left as they are.

    Raises:
        NotFound: it was deleted meanwhile.
        InvalidRequest: the constraints do not fit the kind.
    """
    with transaction.atomic(savepoint=False):
        row = _locked(field)
        before = events.spell(row)
        for name, value in details.items():
            setattr(row, name, value)
        check_constraints(row.kind, row.constraints)
        previous = events.difference(before, events.spell(row))
        if previous:
            row.save(update_fields=list(details))
            _note_required(row.site)
            events.publish("custom_field.updated", row, previous=previous, at=at)
    return row


def archive(field: CustomField, *, at: datetime) -> CustomField:
    """Take a field out of use: no more values are written under its key, those that were stay readable.

    Raises:
        NotFound: it was deleted meanwhile.
    """
    return update(field, details={"archived_at": field.archived_at or at}, at=at)


def restore(field: CustomField, *, at: datetime) -> CustomField:
    """Take an archived field back into use.

    Raises:
        NotFound: it was deleted meanwhile.
    """
    return update(field, details={"archived_at": None}, at=at)


def delete(field: CustomField, *, at: datetime) -> CustomField:
    """Delete a definition; the values under its key stay on the customers and are shown no more.

    Raises:
        NotFound: it was deleted meanwhile.
    """
    with transaction.atomic(savepoint=False):
        row = _locked(field)
        events.publish("custom_field.deleted", row, at=at)
        CustomField.objects.filter(pk=row.pk).delete()
        _note_required(row.site)
    return row


def in_use() -> list[CustomField]:
    """Return the definitions under which values can be written, in the order in which people see them."""
    found: list[CustomField] | None = together.recalled(_in_use_here())
    if found is None:
        rows = CustomField.objects.filter(archived_at=None)
        found = list(rows.order_by("position", "label", "id"))
        remember(found)
    return found


def remember(definitions: list[CustomField]) -> None:
    """Let these be the definitions in use, to the end of the open block of `together`."""
    together.remember(_in_use_here(), definitions)


def merged(
    current: Mapping[str, Any], changes: Mapping[str, Any], *, is_new: bool = False
) -> dict[str, Any]:
    """Return a customer's values with changes, each checked against its definition.

    Args:
        changes: values by key; an empty text or None takes a value away.
        is_new: whether the customer is being made, so that required fields must be there.

    Raises:
        InvalidRequest: a key has no definition, a value does not satisfy it, or a required one is missing.
    """
    definitions = {field.key: field for field in in_use()}
    values = dict(current)
    for key, value in changes.items():
        param = f"custom_fields[{key}]"
        if key not in definitions:
            raise InvalidRequest(
                f"There is no custom field '{key}'.", param=param, code="parameter_unknown"
            )
        if value in ("", None):
            values.pop(key, None)
        else:
            values[key] = checked(definitions[key], value, param=param)
    for field in definitions.values():
        is_touched = is_new or field.key in changes
        if field.is_required and is_touched and field.key not in values:
            raise InvalidRequest(
                f"The custom field '{field.key}' is required.",
                param=f"custom_fields[{field.key}]",
                code="parameter_missing",
            )
    return values


def checked(field: CustomField, value: Any, *, param: str) -> Any:
    """Return a value as it is stored: text, number, ISO 8601 date, one of the options, or a boolean.

    Raises:
        InvalidRequest: the value does not satisfy the definition.
    """
    try:
        return _CHECKS[field.kind](field.constraints, value)
    except ValueError as error:
        raise InvalidRequest(
            f"Invalid value for the custom field '{field.key}': {error}",
            param=param,
            code="parameter_invalid",
        ) from error


def check_constraints(kind: str, constraints: Mapping[str, Any]) -> None:
    """Make sure that constraints are of the kind's, well-formed, and can be satisfied.

    Raises:
        InvalidRequest: they are not.
    """
    allowed = CONSTRAINTS[kind]
    for name, value in constraints.items():
        if name not in allowed:
            raise InvalidRequest(
                f"A {kind} field has no constraint '{name}'"
                + (f": use {', '.join(allowed)}." if allowed else "."),
                param=f"constraints[{name}]",
            )
        try:
            _check_constraint(name, value, allowed[name])
        except (ValueError, regex.error) as error:
            raise InvalidRequest(
                f"Invalid constraint '{name}': {error}", param=f"constraints[{name}]"
            ) from error
    for low, high in (("min_length", "max_length"), ("minimum", "maximum"), ("earliest", "latest")):
        if low in constraints and high in constraints and constraints[low] > constraints[high]:
            raise InvalidRequest(f"'{low}' is above '{high}'.", param=f"constraints[{low}]")
    if kind == Kind.DROPDOWN and "options" not in constraints:
        raise InvalidRequest(
            "A dropdown needs 'options'.", param="constraints[options]", code="parameter_missing"
        )


def _locked(field: CustomField) -> CustomField:
    row = CustomField.objects.select_for_update(no_key=True).filter(pk=field.pk).first()
    if row is None:
        raise NotFound(f"No such custom field: '{field.pk}'", param="id")
    return row


def _in_use_here() -> tuple[str, tuple[str, bool] | None]:
    """Return the key under which the definitions in use are remembered."""
    return ("custom fields in use", tenancy.seen())


def _note_required(site: Site) -> None:
    """Keep on the site whether any field is required, so that making a customer need not ask."""
    together.forget(_in_use_here())
    with tenancy.every_site():
        required = CustomField.objects.filter(site=site, archived_at=None, is_required=True)
        Site.objects.filter(pk=site.pk).update(has_required_fields=required.exists())


def _check_constraint(name: str, value: Any, kind: type[Any]) -> None:
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        message = f"it must be a {kind.__name__}."
        raise ValueError(message)
    if name == "pattern":
        regex.compile(value)
    if name in {"earliest", "latest"} and date.fromisoformat(value).isoformat() != value:
        message = "it must be a date like 2026-01-31."
        raise ValueError(message)
    if name in {"min_length", "max_length"} and not 0 <= value <= MAX_TEXT:
        message = f"it must be between 0 and {MAX_TEXT}."
        raise ValueError(message)
    if name == "options":
        _check_options(value)


def _check_options(options: list[Any]) -> None:
    fine = all(isinstance(option, str) and 0 < len(option) <= 255 for option in options)  # noqa: PLR2004 -- characters
    if not options or not fine or len(set(options)) != len(options):
        message = "give different texts of 1 to 255 characters."
        raise ValueError(message)


def _text(constraints: Mapping[str, Any], value: Any) -> str:
    if not isinstance(value, str):
        message = "it must be a text."
        raise ValueError(message)  # noqa: TRY004 -- every refusal of a value is a ValueError here
    low, high = constraints.get("min_length", 0), constraints.get("max_length", MAX_TEXT)
    if not low <= len(value) <= high:
        message = f"it must have {low} to {high} characters."
        raise ValueError(message)
    if "pattern" in constraints and not _matches(constraints["pattern"], value):
        message = f"it must match the pattern {constraints['pattern']}."
        raise ValueError(message)
    return value


def _matches(pattern: str, value: str) -> bool:
    try:
        # `regex` can stop: a pattern that backtracks for ever must not take a worker with it.
        return regex.fullmatch(pattern, value, timeout=_PATTERN_SECONDS) is not None
    except TimeoutError as error:
        message = "its pattern takes too long to try."
        raise ValueError(message) from error


def _number(constraints: Mapping[str, Any], value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        message = "it must be a number."
        raise ValueError(message)  # noqa: TRY004 -- what `checked` puts into words
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation as error:
        message = "it must be a number."
        raise ValueError(message) from error
    if not number.is_finite() or abs(number) > MAX_NUMBER:
        message = "it is too large."
        raise ValueError(message)
    is_whole = number == number.to_integral_value()
    if constraints.get("integer") and not is_whole:
        message = "it must be a whole number."
        raise ValueError(message)
    _check_bounds(constraints, float(number))
    return int(number) if is_whole else float(number)


def _check_bounds(constraints: Mapping[str, Any], number: float) -> None:
    if number < constraints.get("minimum", number):
        message = f"it must be at least {constraints['minimum']}."
        raise ValueError(message)
    if number > constraints.get("maximum", number):
        message = f"it must be at most {constraints['maximum']}."
        raise ValueError(message)


def _date(constraints: Mapping[str, Any], value: Any) -> str:
    try:
        day = date.fromisoformat(value).isoformat()
    except (TypeError, ValueError) as error:
        message = "it must be a date like 2026-01-31."
        raise ValueError(message) from error
    if day < constraints.get("earliest", day) or day > constraints.get("latest", day):
        message = f"it must lie between {constraints.get('earliest', '…')} and {constraints.get('latest', '…')}."
        raise ValueError(message)
    return day


def _dropdown(constraints: Mapping[str, Any], value: Any) -> str:
    if value not in constraints["options"]:
        message = f"it must be one of {', '.join(constraints['options'])}."
        raise ValueError(message)
    return str(value)


def _checkbox(_constraints: Mapping[str, Any], value: Any) -> bool:
    if value in (True, "true"):
        return True
    if value in (False, "false"):
        return False
    message = "it must be true or false."
    raise ValueError(message)


_CHECKS: dict[str, Callable[[Mapping[str, Any], Any], str | int | float]] = {
    Kind.TEXT: _text,
    Kind.NUMBER: _number,
    Kind.DATE: _date,
    Kind.DROPDOWN: _dropdown,
    Kind.CHECKBOX: _checkbox,
}


def _key_taken() -> DomainError:
    return InvalidRequest(
        "There is a custom field with this key already.",
        param="key",
        code="resource_already_exists",
    )
