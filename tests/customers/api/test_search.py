"""`/v1/customers/search`: all operators, over all fields (the language itself: `tests/customers/kit`)."""

import pytest

CUSTOMERS = {
    "jenny": {
        "email": "jenny.rosen@example.com",
        "name": "Jenny Rosen",
        "phone": "+1-555-123-4567",
        "external_id": "user_1",
        "username": "jenny",
        "metadata": {"order": "6735", "tier": "gold"},
        "organization": "Rosen Paper",
        "mail_marketing": True,
        "custom_fields": {
            "seats": "5",
            "plan": "gold",
            "since": "2026-01-31",
            "vip": "true",
            "note": "likes tea",
        },
    },
    "lee": {
        "email": "lee@example.org",
        "name": "Lee Rosenberg",
        "external_id": "user_2",
        "metadata": {"order": "6736"},
        "mail_marketing": False,
        "custom_fields": {"seats": "12", "plan": "silver", "since": "2025-06-01", "vip": "false"},
    },
    "nobody": {},
}
FIELDS = {
    "seats": {"type": "number"},
    "plan": {"type": "dropdown", "constraints": {"options": ["gold", "silver"]}},
    "since": {"type": "date"},
    "vip": {"type": "checkbox"},
    "note": {"type": "text"},
}


@pytest.fixture
def people(api):
    for key, definition in FIELDS.items():
        api.post("custom_fields", definition, key=key, label=key.title())
    return {api.post("customers", body).body["id"]: name for name, body in CUSTOMERS.items()}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ('email:"jenny.rosen@example.com"', "jenny"),
        ('email~"example"', "lee jenny"),
        ("email:null", "nobody"),
        ("-email:null", "lee jenny"),
        ('name:"rosen"', "jenny"),
        ('name~"rosen"', "lee jenny"),
        ('-name~"rosen"', "nobody"),
        ('phone:"+15551234567"', "jenny"),
        ('phone:"+1-555-123-4567"', "jenny"),
        ('metadata["order"]:"6735"', "jenny"),
        ('metadata["tier"]:null', "nobody lee"),
        ('-metadata["tier"]:null', "jenny"),
        ('external_id:"user_2"', "lee"),
        ('username:"jenny"', "jenny"),
        ('organization:"Rosen Paper"', "jenny"),
        ('mail_marketing:"true"', "jenny"),
        ('mail_marketing:"false"', "lee"),
        ("mail_marketing:null", "nobody"),
        ('custom_fields["seats"]>10', "lee"),
        ('custom_fields["seats"]<=5', "jenny"),
        ('custom_fields["plan"]:"gold"', "jenny"),
        ('custom_fields["since"]<"2026-01-01"', "lee"),
        ('custom_fields["vip"]:"true"', "jenny"),
        ('custom_fields["note"]:"likes tea"', "jenny"),
        ('custom_fields["note"]:null', "nobody lee"),
        ("created>0", "nobody lee jenny"),
        ("created<1000", ""),
        ('name:"jenny" AND email~"example"', "jenny"),
        ('name:"jenny" email~"org"', ""),
        ('name:"jenny" OR name:"lee"', "lee jenny"),
    ],
)  # fmt: skip
def test_a_query_finds(api, people, query, names):
    answer = api.get("customers/search", query=query)

    assert [people[pk] for pk in answer.ids] == names.split()


def test_the_answer_has_stripes_shape(api):
    jenny = api.post("customers", name="Jenny").body

    assert api.get("customers/search", query='name:"jenny"').body == {
        "object": "search_result",
        "data": [jenny],
        "has_more": False,
        "next_page": None,
        "url": "/v1/customers/search",
    }


def test_the_number_found_is_told_on_request(api, people):
    answer = api.get("customers/search", query='name~"rosen"', limit=1, expand=["total_count"]).body

    assert (len(answer["data"]), answer["has_more"], answer["total_count"]) == (1, True, 2)


@pytest.mark.parametrize("query", ['email:"same@example.com"', 'email~"same"'])
def test_pages_are_walked_by_their_tokens(api, query):
    made = [api.post("customers", email="same@example.com").body["id"] for _ in range(5)]

    found, page = [], {}
    while page is not None:
        answer = api.get("customers/search", page, query=query, limit=2)
        found += answer.ids
        page = {"page": answer.body["next_page"]} if answer.body["has_more"] else None

    assert found == made[::-1]
    assert answer.body["next_page"] is None


def test_what_is_written_is_found_at_once(api):
    customer = api.post("customers", email="jenny@example.com").body["id"]
    assert api.get("customers/search", query='email:"jenny@example.com"').ids == [customer]

    api.post(f"customers/{customer}", email="lee@example.com")

    assert api.get("customers/search", query='email:"jenny@example.com"').ids == []
    assert api.get("customers/search", query='email:"lee@example.com"').ids == [customer]
    api.delete(f"customers/{customer}")
    assert api.get("customers/search", query='email:"lee@example.com"').ids == []


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({}, "query"),
        ({"query": ""}, "query"),
        ({"query": "rosen"}, "query"),
        ({"query": "email:"}, "query"),
        ({"query": 'email:"a'}, "query"),
        ({"query": 'colour:"red"'}, "query"),
        ({"query": 'email>"a"'}, "query"),
        ({"query": 'email~"ab"'}, "query"),
        ({"query": 'email:"a" AND name:"b" OR name:"c"'}, "query"),
        ({"query": '(email:"a")'}, "query"),
        ({"query": 'metadata:"a"'}, "query"),
        ({"query": 'custom_fields["nobody"]:"a"'}, "query"),
        ({"query": 'created>"yesterday"'}, "query"),
        ({"query": "created>" + "9" * 30}, "query"),
        ({"query": " ".join(['name:"a"'] * 11)}, "query"),
        ({"query": "x" * 1001}, "query"),
        ({"query": 'name:"jenny"', "limit": 0}, "limit"),
        ({"query": 'name:"jenny"', "limit": 101}, "limit"),
        ({"query": 'name:"jenny"', "page": "!!!"}, "page"),
        ({"query": 'name:"jenny"', "page": "Y3VzX21pc3Npbmc"}, "page"),
        ({"query": 'name:"jenny"', "page": "/w"}, "page"),
        ({"query": 'name:"jenny"', "starting_after": "cus_x"}, "starting_after"),
    ],
)
def test_a_query_is_refused(api, params, param):
    answer = api.get("customers/search", params)

    assert (answer.status, answer.error["param"]) == (400, param)
    assert answer.error["message"]


@pytest.mark.parametrize("value", ["%", "_", "\\", "'", "a%b", "--", "\\\\"])
def test_what_means_something_to_the_database_means_itself(api, value):
    plain = api.post("customers", metadata={"sign": value}).body["id"]
    api.post("customers", metadata={"sign": "other"})
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')

    assert api.get("customers/search", query=f'metadata["sign"]:"{quoted}"').ids == [plain]


@pytest.mark.parametrize(
    ("name", "others", "part"),
    [
        pytest.param("Up 100% Ltd", "Up 1000 Ltd", "100%", id="percent"),
        pytest.param("big_shop", "bigger shop", "big_s", id="underscore"),
        pytest.param("back\\slash", "backslash", "back\\\\slash", id="backslash"),
        pytest.param("ลูกค้าประจำ", "ลูกค้าใหม่", "ประจำ", id="thai"),
    ],
)
def test_a_part_stands_for_itself(api, name, others, part):
    wanted = api.post("customers", name=name).body["id"]
    api.post("customers", name=others)

    for _ in range(2):  # compiled by the first
        assert api.get("customers/search", query=f'name~"{part}"').ids == [wanted]


@pytest.mark.parametrize(
    "query", ['email:"jenny.rosen@example.com"', 'metadata["order"]:"6735"', 'name~"rosen"']
)
def test_a_search_costs_two_queries(api, people, query, django_assert_num_queries):
    api.get("customers/search", query=query)

    with django_assert_num_queries(2):
        api.get("customers/search", query=query)
