import pytest

from customers.events.models import Event
from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import CustomField, Role
from tests.customers.admin import page
from tests.factories.customers import CustomFieldFactory

LIST = "/admin/customers/customfield/"
COLUMNS = ("key", "label", "kind", "help_text", "is_required", "position", "constraints")


def stored():
    return list(CustomField.objects.order_by("pk").values_list(*COLUMNS))


def told():
    return [(event.type, event.door, event.actor) for event in Event.objects.order_by("id")]


def fresh(**changes):
    return {"key": "it", "label": "It", "position": "0", **changes}


def test_the_list_shows_the_fields_in_their_order(owner, scope):
    CustomFieldFactory(key="seats", label="Seats", kind="number", position=2)
    CustomFieldFactory(
        key="plan", label="Plan", is_required=True, position=1, archived_at=clock.now()
    )

    rows = page.rows(owner.get(LIST))

    assert [[*row[:3], row[4]] for row in rows] == [
        ["Plan", "plan", "Text", "Archived"], ["Seats", "seats", "Number", "In use"],
    ]  # fmt: skip


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_of_any_length_costs_the_same(owner, scope, count, django_assert_num_queries):
    CustomFieldFactory.create_batch(count)
    owner.get(LIST)

    with django_assert_num_queries(4):  # session, operator, sites, fields
        owner.get(LIST)


@pytest.mark.parametrize(
    ("kind", "said", "constraints"),
    [
        ("text", {}, {}),
        (
            "text",
            {"min_length": "2", "max_length": "8", "pattern": "[A-Z]+"},
            {"min_length": 2, "max_length": 8, "pattern": "[A-Z]+"},
        ),
        (
            "number",
            {"minimum": "-1.5", "maximum": "40", "integer": "on"},
            {"minimum": -1.5, "maximum": 40, "integer": True},
        ),
        (
            "date",
            {"earliest": "2026-01-01", "latest": "2026-12-31"},
            {"earliest": "2026-01-01", "latest": "2026-12-31"},
        ),
        ("dropdown", {"options": "Small\n Large \n\n"}, {"options": ["Small", "Large"]}),
        ("checkbox", {}, {}),
    ],
)
def test_a_field_of_each_type_is_defined(owner, scope, kind, said, constraints):
    sent = {f"constraints[{name}]": value for name, value in said.items()}

    answer = owner.post(
        f"{LIST}add/?kind={kind}",
        fresh(help_text="As agreed.", is_required="on", position="7", **sent),
    )

    (field,) = CustomField.objects.all()
    assert answer.url == f"{LIST}{field.pk}/"
    assert stored() == [("it", "It", kind, "As agreed.", True, 7, constraints)]
    assert told() == [("custom_field.created", "dashboard", "owner@example.com")]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        pytest.param({"key": "taken"}, "key", id="taken key"),
        pytest.param({"key": "Not a key"}, "key", id="misspelt key"),
        pytest.param({"label": ""}, "label", id="no label"),
        pytest.param({"position": "-1"}, "position", id="negative position"),
        pytest.param({"constraints[min_length]": "x"}, "constraints[min_length]", id="no number"),
        pytest.param({"constraints[pattern]": "("}, "constraints[pattern]", id="no pattern"),
        pytest.param({"kind": "dropdown"}, "constraints[options]", id="nothing to choose"),
        pytest.param(
            {"kind": "date", "constraints[earliest]": "soon"}, "constraints[earliest]", id="no date"
        ),
    ],
)
def test_a_field_that_cannot_be_is_not_defined(owner, scope, wrong, field):
    CustomFieldFactory(key="taken")
    before = stored()

    said = dict(wrong)
    answer = owner.post(f"{LIST}add/?kind={said.pop('kind', 'text')}", fresh(**said))

    assert list(page.errors(answer)) == [field]
    assert (stored(), told()) == (before, [])


def test_the_type_is_chosen_first(owner, scope):
    asked = [
        owner.get(f"{LIST}add/"),
        owner.get(f"{LIST}add/?kind=colour"),
        owner.post(f"{LIST}add/", fresh()),
    ]

    offered = [[link for link in page.links(answer) if "kind=" in link] for answer in asked]
    assert offered == [[f"?kind={kind}" for kind in CustomField.Kind.values]] * 3
    assert stored() == []


def test_the_form_offers_the_constraints_of_the_type_only(owner, scope):
    field = CustomFieldFactory(kind="number", constraints={"minimum": 1, "integer": True})

    form = page.fields(owner.get(f"{LIST}{field.pk}/change/"))

    offered = {name: value for name, value in form.items() if name.startswith("constraints[")}
    assert offered == {
        "constraints[minimum]": ["1"], "constraints[maximum]": [""], "constraints[integer]": ["on"],
    }  # fmt: skip
    assert form.keys() & {"key", "kind"} == set()


def test_a_definition_is_changed(owner, scope):
    field = CustomFieldFactory(key="size", kind="dropdown", constraints={"options": ["S", "L"]})
    form = page.fields(
        owner.get(f"{LIST}{field.pk}/change/"), label="Size", **{"constraints[options]": "S\nM\nL"}
    )

    answer = owner.post(f"{LIST}{field.pk}/change/", form)

    assert answer.url == f"{LIST}{field.pk}/"
    assert stored() == [("size", "Size", "dropdown", "", False, 0, {"options": ["S", "M", "L"]})]
    assert [type_ for type_, *_rest in told()] == ["custom_field.updated"]


def test_an_unchanged_form_changes_nothing(owner, scope):
    field = CustomFieldFactory(
        kind="number", is_required=True, position=3, constraints={"minimum": 0.5, "integer": True}
    )
    before = stored()

    owner.post(f"{LIST}{field.pk}/change/", page.fields(owner.get(f"{LIST}{field.pk}/change/")))

    assert (stored(), told()) == (before, [])


def test_a_field_is_archived_taken_back_and_deleted_once_asked(owner, scope):
    field = CustomFieldFactory()
    path = f"{LIST}{field.pk}/"

    states = []
    for end in ("archive/", "restore/", "delete/"):
        assert path + end in page.links(owner.get(path))
        assert owner.get(path + end).status_code == 200
        owner.post(path + end)
        states.append(CustomField.objects.values_list("archived_at", flat=True).first() is not None)

    assert states == [True, False, False]
    assert stored() == []
    assert [type_ for type_, *_rest in told()] == [
        "custom_field.updated", "custom_field.updated", "custom_field.deleted",
    ]  # fmt: skip


@pytest.mark.parametrize("role", [Role.DEVELOPER, Role.READ_ONLY])
def test_who_administers_nothing_sees_fields_and_changes_none(signed_in, scope, role):
    client = signed_in(role)
    field = CustomFieldFactory(label="Seats")
    before = stored()

    seen = client.get(f"{LIST}{field.pk}/")
    answers = [client.post(f"{LIST}add/?kind=text", fresh())]
    answers += [
        client.post(f"{LIST}{field.pk}/{end}/", {"label": "Mine"})
        for end in ("change", "archive", "restore", "delete")
    ]

    assert page.facts(seen)["Label"] == "Seats"
    assert [answer.status_code for answer in answers] == [403] * 5
    assert (stored(), told()) == (before, [])


@pytest.mark.parametrize("end", ["", "change/", "archive/", "restore/", "delete/"])
def test_another_sites_field_is_not_there(owner, other, end):
    with scoped_to(other[0], livemode=False):
        foreign = CustomFieldFactory()
        before = stored()

    answers = [
        owner.get(f"{LIST}{foreign.pk}/{end}"),
        owner.post(f"{LIST}{foreign.pk}/{end}", {"label": "Mine"}),
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    with scoped_to(other[0], livemode=False):
        assert stored() == before
