"""`/v1/custom_fields`, and the values on customers (rule R15)."""

import pytest

KINDS = {
    "text": {"constraints": {"min_length": 2, "max_length": 5, "pattern": "[a-z]+"}},
    "number": {"constraints": {"minimum": 1, "maximum": 10, "integer": True}},
    "date": {"constraints": {"earliest": "2026-01-01", "latest": "2026-12-31"}},
    "dropdown": {"constraints": {"options": ["gold", "silver"]}},
    "checkbox": {},
}


@pytest.fixture
def fields(api):
    """One field of each kind, whose key is the kind's name."""
    return {
        kind: api.post("custom_fields", params, key=kind, label=kind.title(), type=kind).body
        for kind, params in KINDS.items()
    }


def test_a_field_is_defined(api):
    answer = api.post(
        "custom_fields",
        key="seats",
        label="Seats",
        type="number",
        help_text="How many?",
        constraints={"minimum": 1, "integer": True},
        required=True,
        position=3,
    )

    wire = dict(answer.body)
    assert wire.pop("id").startswith("cfld_")
    assert wire.pop("created") > 0
    assert wire == {
        "object": "custom_field",
        "archived_at": None,
        "constraints": {"minimum": 1, "integer": True},
        "help_text": "How many?",
        "key": "seats",
        "label": "Seats",
        "livemode": False,
        "position": 3,
        "required": True,
        "type": "number",
    }
    assert api.get(f"custom_fields/{answer.body['id']}").body == answer.body
    assert api.get("custom_fields").body["data"] == [answer.body]


@pytest.mark.parametrize(
    ("kind", "sent", "kept"),
    [
        ("text", "abc", "abc"),
        ("number", "7", 7),
        ("date", "2026-05-01", "2026-05-01"),
        ("dropdown", "gold", "gold"),
        ("checkbox", "true", True),
        ("checkbox", "false", False),
    ],
)
def test_a_value_is_kept(api, fields, kind, sent, kept):
    made = api.post("customers", custom_fields={kind: sent}).body

    assert made["custom_fields"] == {kind: kept}
    found = api.get("customers/search", query=f'custom_fields["{kind}"]:"{str(kept).lower()}"')
    assert found.ids == [made["id"]]


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        ("text", "a"),
        ("text", "abcdef"),
        ("text", "ABC"),
        ("number", "0"),
        ("number", "11"),
        ("number", "1.5"),
        ("number", "many"),
        ("number", "NaN"),
        ("number", "Infinity"),
        ("date", "2025-12-31"),
        ("date", "2027-01-01"),
        ("date", "2026-02-30"),
        ("date", "yesterday"),
        ("dropdown", "bronze"),
        ("dropdown", "Gold"),
        ("checkbox", "yes"),
    ],
)
def test_a_value_is_refused(api, fields, nothing_written, kind, sent):
    with nothing_written():
        answer = api.post("customers", custom_fields={kind: sent})

    assert (answer.status, answer.error["code"], answer.error["param"]) == (
        400,
        "parameter_invalid",
        f"custom_fields[{kind}]",
    )


def test_values_are_merged_and_emptied(api, fields):
    customer = api.post("customers", custom_fields={"text": "abc", "number": 7}).body["id"]

    changed = api.post(f"customers/{customer}", custom_fields={"text": "", "dropdown": "gold"}).body

    assert changed["custom_fields"] == {"number": 7, "dropdown": "gold"}


def test_a_required_field_is_wanted_of_new_customers(api, nothing_written):
    old = api.post("customers").body["id"]
    api.post("custom_fields", key="seats", label="Seats", type="number", required=True)

    with nothing_written():
        answers = [api.post("customers"), api.post(f"customers/{old}", custom_fields={"seats": ""})]

    found = [(answer.status, answer.error["code"], answer.error["param"]) for answer in answers]
    assert found == [(400, "parameter_missing", "custom_fields[seats]")] * 2
    assert api.post("customers", custom_fields={"seats": 1}).status == 200
    assert api.post(f"customers/{old}", name="Jenny").status == 200


def test_an_archived_field_takes_no_values_and_keeps_those_it_has(api, fields, nothing_written):
    customer = api.post("customers", custom_fields={"text": "abc"}).body["id"]

    archived = api.post(f"custom_fields/{fields['text']['id']}", archived=True).body

    assert archived["archived_at"] > 0
    assert api.get(f"customers/{customer}").body["custom_fields"] == {"text": "abc"}
    with nothing_written():
        answer = api.post(f"customers/{customer}", custom_fields={"text": "abcd"})
    assert (answer.status, answer.error["code"]) == (400, "parameter_unknown")
    back = api.post(f"custom_fields/{fields['text']['id']}", archived=False).body
    assert back == fields["text"]


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"label": "x", "type": "text"}, "key"),
        ({"key": "x", "type": "text"}, "label"),
        ({"key": "x", "label": "x"}, "type"),
        ({"key": "X", "label": "x", "type": "text"}, "key"),
        ({"key": "1x", "label": "x", "type": "text"}, "key"),
        ({"key": "x" * 41, "label": "x", "type": "text"}, "key"),
        ({"key": "x", "label": "x", "type": "colour"}, "type"),
        ({"key": "x", "label": "x", "type": "dropdown"}, "constraints[options]"),
        (
            {"key": "x", "label": "x", "type": "dropdown", "constraints": {"options": ["a", "a"]}},
            "constraints[options]",
        ),
        (
            {"key": "x", "label": "x", "type": "text", "constraints": {"minimum": 1}},
            "constraints[minimum]",
        ),
        (
            {"key": "x", "label": "x", "type": "text", "constraints": {"pattern": "("}},
            "constraints[pattern]",
        ),
        (
            {
                "key": "x",
                "label": "x",
                "type": "text",
                "constraints": {"min_length": 5, "max_length": 2},
            },
            "constraints[min_length]",
        ),
        (
            {"key": "x", "label": "x", "type": "date", "constraints": {"earliest": "soon"}},
            "constraints[earliest]",
        ),
        (
            {"key": "x", "label": "x", "type": "number", "constraints": {"minimum": "few"}},
            "constraints[minimum]",
        ),
        ({"key": "x", "label": "x", "type": "text", "position": -1}, "position"),
    ],
)
def test_a_definition_is_refused(api, nothing_written, params, param):
    with nothing_written():
        answer = api.post("custom_fields", params)

    assert (answer.status, answer.error["param"]) == (400, param)


def test_a_key_is_given_once_and_never_changes(api, fields, nothing_written):
    path = f"custom_fields/{fields['text']['id']}"

    with nothing_written():
        answers = [
            api.post("custom_fields", key="text", label="Again", type="text"),
            api.post(path, key="other"),
            api.post(path, type="number"),
        ]

    assert [answer.error["code"] for answer in answers] == [
        "resource_already_exists",
        "parameter_unknown",
        "parameter_unknown",
    ]


def test_a_pattern_that_never_ends_takes_no_worker_along(api, nothing_written):
    api.post(
        "custom_fields", key="slow", label="Slow", type="text", constraints={"pattern": "(a|aa)+$"}
    )

    with nothing_written():
        answer = api.post("customers", custom_fields={"slow": "a" * 4000 + "b"})

    assert (answer.status, answer.error["param"]) == (400, "custom_fields[slow]")


def test_a_field_is_deleted(api, fields):
    answer = api.delete(f"custom_fields/{fields['text']['id']}")

    assert answer.body == {"id": fields["text"]["id"], "object": "custom_field", "deleted": True}
    assert api.get(f"custom_fields/{fields['text']['id']}").status == 404
    assert api.post("customers", custom_fields={"text": "abc"}).error["code"] == "parameter_unknown"
