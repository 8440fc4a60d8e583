import pytest

from customers.kit.errors import NotFound
from customers.kit.tenancy import scoped_to
from customers.models import CustomField, Site
from customers.services import custom_fields, customers
from tests.factories.customers import CustomerFactory, CustomFieldFactory


def asks_for_required(site):
    return Site.objects.get(pk=site.pk).has_required_fields


def test_a_field_is_defined(scope, at, told):
    details = {
        "key": "seats", "label": "Seats", "kind": "number", "help_text": "How many.",
        "constraints": {"minimum": 1, "integer": True}, "position": 3,
    }  # fmt: skip

    field = custom_fields.create(details=details, at=at)

    stored = CustomField.objects.filter(pk=field.pk).values(*details, "is_required", "archived_at")
    assert stored.get() == {**details, "is_required": False, "archived_at": None}
    assert told() == ["custom_field.created"]


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        pytest.param({"key": "taken"}, "key", id="taken key"),
        pytest.param({"constraints": {"minimum": 1}}, "constraints[minimum]", id="another kind's"),
        pytest.param(
            {"kind": "checkbox", "constraints": {"minimum": 1}},
            "constraints[minimum]", id="none for this kind",
        ),
        pytest.param({"constraints": {"min_length": "2"}}, "constraints[min_length]", id="text"),
        pytest.param({"constraints": {"min_length": True}}, "constraints[min_length]", id="bool"),
        pytest.param({"constraints": {"max_length": 5001}}, "constraints[max_length]", id="long"),
        pytest.param({"constraints": {"pattern": "("}}, "constraints[pattern]", id="pattern"),
        pytest.param(
            {"constraints": {"min_length": 3, "max_length": 2}},
            "constraints[min_length]", id="lengths crossed",
        ),
        pytest.param(
            {"kind": "number", "constraints": {"minimum": 3, "maximum": 2.5}},
            "constraints[minimum]", id="bounds crossed",
        ),
        pytest.param(
            {"kind": "date", "constraints": {"earliest": "yesterday"}},
            "constraints[earliest]", id="no date",
        ),
        pytest.param(
            {"kind": "date", "constraints": {"earliest": "2026-02-01", "latest": "2026-01-01"}},
            "constraints[earliest]", id="dates crossed",
        ),
        pytest.param({"kind": "dropdown"}, "constraints[options]", id="nothing to choose"),
        pytest.param(
            {"kind": "dropdown", "constraints": {"options": []}}, "constraints[options]", id="empty"
        ),
        pytest.param(
            {"kind": "date", "constraints": {"earliest": "20260101"}},
            "constraints[earliest]", id="date without hyphens",
        ),
        pytest.param(
            {"kind": "dropdown", "constraints": {"options": ["a", "a"]}},
            "constraints[options]", id="option twice",
        ),
        pytest.param(
            {"kind": "dropdown", "constraints": {"options": ["a", ""]}},
            "constraints[options]", id="empty option",
        ),
    ],
)  # fmt: skip
def test_a_field_that_cannot_be_is_not_defined(scope, at, refused, wrong, param):
    CustomFieldFactory(key="taken")

    with refused(param=param):
        custom_fields.create(details={"key": "new", "label": "New", "kind": "text", **wrong}, at=at)


def test_a_site_has_a_limited_number_of_fields(scope, at, refused, monkeypatch):
    monkeypatch.setattr(custom_fields, "MAX_FIELDS", 1)
    CustomFieldFactory()

    with refused():
        custom_fields.create(details={"key": "new", "label": "New", "kind": "text"}, at=at)


def test_a_field_is_found_by_id_and_key(scope, other):
    field = CustomFieldFactory(key="seats")
    with scoped_to(other[0], livemode=False):
        foreign = CustomFieldFactory(key="rows")

    assert (custom_fields.get(field.pk), custom_fields.get("seats")) == (field, field)
    for name in (foreign.pk, "rows"):
        with pytest.raises(NotFound) as refusal:
            custom_fields.get(name)
        assert refusal.value.message == f"No such custom field: '{name}'"


def test_a_change_of_a_definition_tells_what_was_before(scope, at, told, last_event):
    field = CustomFieldFactory(label="Seats", kind="number", constraints={"minimum": 1})

    custom_fields.update(field, details={"label": "Places", "constraints": {"minimum": 2}}, at=at)

    assert told() == ["custom_field.updated"]
    assert last_event().previous_attributes == {"label": "Seats", "constraints": {"minimum": 1}}
    stored = CustomField.objects.get(pk=field.pk)
    assert (stored.label, stored.constraints) == ("Places", {"minimum": 2})


def test_a_change_that_changes_nothing_tells_nothing(scope, at, nothing_written):
    field = CustomFieldFactory(label="Seats")

    with nothing_written():
        custom_fields.update(field, details={"label": "Seats"}, at=at)


def test_constraints_that_do_not_fit_are_refused_on_change(scope, at, refused):
    field = CustomFieldFactory(kind="text")

    with refused(param="constraints[minimum]"):
        custom_fields.update(field, details={"constraints": {"minimum": 2}}, at=at)


def test_an_archived_field_takes_no_values_and_keeps_those_it_has(scope, at, told, refused):
    field = CustomFieldFactory(key="seats", kind="number")
    customer = CustomerFactory(custom_fields={"seats": 3})

    archived = custom_fields.archive(field, at=at)

    assert archived.archived_at == at
    assert told() == ["custom_field.updated"]
    assert custom_fields.in_use() == []
    with refused(param="custom_fields[seats]", code="parameter_unknown"):
        customers.update(customer, details={"custom_fields": {"seats": 4}}, at=at)
    assert customers.get(customer.pk).custom_fields == {"seats": 3}


def test_an_archived_field_comes_back_into_use(scope, at, told):
    field = CustomFieldFactory(archived_at=at)

    custom_fields.restore(field, at=at)

    assert custom_fields.in_use() == [field]
    assert told() == ["custom_field.updated"]


def test_a_definition_is_deleted_and_its_values_stay(scope, at, told):
    field = CustomFieldFactory(key="seats", kind="number")
    customer = CustomerFactory(custom_fields={"seats": 3})

    custom_fields.delete(field, at=at)

    assert told() == ["custom_field.deleted"]
    assert list(CustomField.objects.all()) == []
    assert customers.get(customer.pk).custom_fields == {"seats": 3}


@pytest.mark.parametrize(
    "change",
    [
        lambda field, at: custom_fields.update(field, details={"label": "New"}, at=at),
        lambda field, at: custom_fields.archive(field, at=at),
        lambda field, at: custom_fields.delete(field, at=at),
    ],
)
def test_a_definition_deleted_meanwhile_is_gone(scope, at, refused, change):
    field = CustomFieldFactory()
    custom_fields.delete(field, at=at)

    with refused(NotFound, param="id"):
        change(field, at)


def test_a_site_knows_whether_it_requires_fields(scope, at):
    field = CustomFieldFactory(is_required=False)
    steps = [
        lambda: custom_fields.update(field, details={"is_required": True}, at=at),
        lambda: custom_fields.archive(field, at=at),
        lambda: custom_fields.restore(field, at=at),
        lambda: custom_fields.delete(field, at=at),
    ]

    seen = []
    for step in steps:
        step()
        seen.append(asks_for_required(scope.site))

    assert seen == [True, False, True, False]


def test_fields_in_use_stand_in_their_order(scope, at):
    third = CustomFieldFactory(position=2, label="A")
    second = CustomFieldFactory(position=1, label="B")
    first = CustomFieldFactory(position=1, label="A")
    CustomFieldFactory(archived_at=at)

    assert custom_fields.in_use() == [first, second, third]


OPTIONS = {"options": ["Small", "Large"]}


@pytest.mark.parametrize(
    ("kind", "constraints", "value", "kept"),
    [
        pytest.param("text", {}, "Ada", "Ada", id="text"),
        pytest.param(
            "text", {"min_length": 3, "max_length": 3}, "Ada", "Ada", id="text of a length"
        ),
        pytest.param("text", {"pattern": "[A-Z]{2}[0-9]+"}, "DE7", "DE7", id="text of a pattern"),
        pytest.param("number", {}, "3", 3, id="number as text"),
        pytest.param("number", {}, 3.5, 3.5, id="fraction"),
        pytest.param("number", {"integer": True}, "4.0", 4, id="whole number"),
        pytest.param("number", {"minimum": 1, "maximum": 5}, 5, 5, id="number at its bound"),
        pytest.param("date", {}, "2026-01-31", "2026-01-31", id="date"),
        pytest.param(
            "date", {"earliest": "2026-01-31"}, "2026-01-31", "2026-01-31", id="first day"
        ),
        pytest.param("dropdown", OPTIONS, "Large", "Large", id="option"),
        pytest.param("checkbox", {}, "true", True, id="ticked"),
        pytest.param("checkbox", {}, False, False, id="not ticked"),
    ],
)
def test_a_value_is_kept_in_its_kinds_form(scope, kind, constraints, value, kept):
    field = CustomFieldFactory.build(kind=kind, constraints=constraints, id="cfld_1")

    stored = custom_fields.checked(field, value, param="x")

    assert (stored, type(stored)) == (kept, type(kept))


@pytest.mark.parametrize(
    ("kind", "constraints", "value"),
    [
        pytest.param("text", {}, 3, id="no text"),
        pytest.param("text", {"min_length": 3}, "Al", id="short"),
        pytest.param("text", {"max_length": 3}, "Adam", id="long"),
        pytest.param("text", {}, "x" * 5001, id="longer than any"),
        pytest.param("text", {"pattern": "[0-9]+"}, "7a", id="another pattern"),
        pytest.param("text", {"pattern": "(a+)+b"}, "a" * 4000, id="pattern that never ends"),
        pytest.param("number", {}, "three", id="no number"),
        pytest.param("number", {}, True, id="a claim"),
        pytest.param("number", {}, "NaN", id="not a number"),
        pytest.param("number", {}, "Infinity", id="infinite"),
        pytest.param("number", {}, "1e16", id="too large"),
        pytest.param("number", {"integer": True}, 1.5, id="a fraction"),
        pytest.param("number", {"minimum": 1}, 0, id="below"),
        pytest.param("number", {"maximum": 1}, 2, id="above"),
        pytest.param("date", {}, "31.1.2026", id="no ISO date"),
        pytest.param("date", {}, "2026-02-30", id="no such day"),
        pytest.param("date", {}, 20260131, id="a number"),
        pytest.param("date", {"earliest": "2026-02-01"}, "2026-01-31", id="too early"),
        pytest.param("date", {"latest": "2026-01-01"}, "2026-01-31", id="too late"),
        pytest.param("dropdown", OPTIONS, "Medium", id="no option"),
        pytest.param("checkbox", {}, "perhaps", id="neither"),
    ],
)
def test_a_value_that_does_not_satisfy_its_definition_is_refused(
    scope, at, refused, kind, constraints, value
):
    CustomFieldFactory(key="it", kind=kind, constraints=constraints)
    customer = CustomerFactory()

    with refused(param="custom_fields[it]", code="parameter_invalid"):
        customers.update(customer, details={"custom_fields": {"it": value}}, at=at)


def test_values_are_merged_and_empty_ones_taken_away(scope):
    for key in ("one", "two", "three"):
        CustomFieldFactory(key=key)

    merged = custom_fields.merged({"one": "1", "two": "2"}, {"one": "", "two": None, "three": "3"})

    assert merged == {"three": "3"}


def test_a_required_value_has_to_be_there_from_the_first(scope, at, refused):
    field = CustomFieldFactory(key="seats", is_required=False)
    older = CustomerFactory()
    custom_fields.update(field, details={"is_required": True}, at=at)
    scope.site.refresh_from_db()

    with refused(param="custom_fields[seats]", code="parameter_missing"):
        customers.create(details={"email": "ada@example.com"}, at=at)
    with refused(param="custom_fields[seats]", code="parameter_missing"):
        customers.update(older, details={"custom_fields": {"seats": ""}}, at=at)
    changed = customers.update(older, details={"name": "Ada"}, at=at)
    made = customers.create(details={"custom_fields": {"seats": "3"}}, at=at)

    assert changed.name == "Ada"
    assert made.custom_fields == {"seats": "3"}
