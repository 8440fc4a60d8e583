"""Input that cannot be read (reliability.md 4.9), through the real layers: JSON in Stripe's shape, nothing written."""

import gzip

import pytest

from customers.kit.tenancy import scoped_to
from customers.models import IdempotencyRecord
from tests.v1_client import FORM, as_json, form

JSON = "application/json"


def deep(levels, opening="[", closing="]"):
    return (opening * levels + closing * levels).encode()


# -- what cannot be read at all ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"{", id="unfinished"),
        pytest.param(b'{"name": }', id="without-value"),
        pytest.param(b"{'name': 'x'}", id="single-quotes"),
        pytest.param(b'{"name": "x"} trailing', id="trailing"),
        pytest.param(b"[]", id="list"),
        pytest.param(b'"name"', id="text"),
        pytest.param(b"null", id="null"),
        pytest.param(b"1", id="number"),
        pytest.param(b" ", id="blank"),
        pytest.param(b'{"name": "\xff"}', id="no-utf-8"),
        pytest.param('{"name": "x"}'.encode("utf-16"), id="utf-16"),
        pytest.param('{"name": "x"}'.encode("utf-32"), id="utf-32"),
        pytest.param(b'{"metadata": {"a": NaN}}', id="nan"),
        pytest.param(b'{"metadata": {"a": Infinity}}', id="infinity"),
        pytest.param(b'{"metadata": {"a": -Infinity}}', id="minus-infinity"),
        pytest.param(b'{"metadata": {"a": 1e400}}', id="number-that-becomes-infinite"),
        pytest.param(b'{"balance": ' + b"9" * 5000 + b"}", id="number-of-5000-digits"),
        pytest.param(b'{"metadata": ' + deep(100_000) + b"}", id="100000-deep"),
        pytest.param(b'{"a":' * 3000 + b"1" + b"}" * 3000, id="3000-objects-deep"),
        pytest.param(b'{"a": [' + b"1," * 6000 + b"1]}", id="6000-elements"),
        pytest.param(gzip.compress(b'{"name": "x"}'), id="compressed"),
    ],
)
def test_json_that_cannot_be_read(refused, body):
    status, code, _param = refused(body=body, content_type=JSON)

    assert (status, code) in {(400, None), (400, "parameter_unknown")}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"name=%ff", id="escaped"),
        pytest.param(b"name=\xff", id="raw"),
        pytest.param("name=é".encode("latin-1"), id="latin-1"),
        pytest.param(b"name=%ed%a0%80", id="surrogate"),
        pytest.param(b"%ff=x", id="name"),
        pytest.param(b"metadata[%ff]=x", id="key"),
        pytest.param(gzip.compress(b"name=x"), id="compressed"),
        pytest.param(b"&".join(b"a%d=1" % n for n in range(5000)), id="5000-fields"),
        pytest.param(b"&".join(b"metadata[a%d]=1" % n for n in range(1001)), id="1001-pairs"),
    ],
)
def test_a_form_that_cannot_be_read(refused, body):
    assert refused(body=body) == (400, None, None)


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "text/plain",
        "application/xml",
        "application/json-patch+json",
        "\x00\xff",
        "x" * 10_000,
    ],
)
def test_a_wrong_content_type(refused, content_type):
    assert refused(body=b"name=x", content_type=content_type) == (400, None, "Content-Type")


@pytest.mark.parametrize("content_type", [FORM, JSON])
def test_a_body_of_a_megabyte(refused, content_type):
    text = "x" * 1_000_000
    body = (
        as_json(metadata={"a": text}) if content_type == JSON else form({"metadata": {"a": text}})
    )

    assert refused(body=body, content_type=content_type) == (413, None, None)


@pytest.mark.parametrize("content_type", [FORM, JSON])
def test_metadata_that_is_too_long(refused, content_type):
    text = "x" * 200_000
    body = (
        as_json(metadata={"a": text}) if content_type == JSON else form({"metadata": {"a": text}})
    )

    assert refused(body=body, content_type=content_type) == (400, None, "metadata[a]")


@pytest.mark.parametrize("length", ["abc", "-5", "1e3", "٣", ""])
def test_a_body_without_a_proper_length(api, length):
    answer = api.send("POST", "customers", b"colour=red", headers={"Content-Length": length})

    assert answer.status in ({400} if length else {200})


def test_a_body_in_chunks(refused):
    headers = {"Transfer-Encoding": "chunked"}

    assert refused(body=b"name=x", headers=headers) == (411, None, None)


# -- brackets ----------------------------------------------------------------------------------------------------------


def test_brackets_50_deep(refused):
    name = "metadata" + "[a]" * 50

    assert refused(body=f"{name}=x") == (400, None, name)


def test_brackets_10000_deep_are_named_in_part(refused):
    name = "metadata" + "[a]" * 10_000

    assert refused(body=f"{name}=x") == (400, None, name[:200])


def test_json_30_deep(refused):
    status, _code, param = refused(
        body=b'{"metadata": {"a": ' + deep(30) + b"}}", content_type=JSON
    )

    assert status == 400
    assert param.startswith("metadata[a][0]")


@pytest.mark.parametrize(
    ("body", "param"),
    [
        pytest.param("address[city=x", "address[city", id="open"),
        pytest.param("[address]=x", "[address]", id="no-name"),
        pytest.param("address[city]x=1", "address[city]x", id="behind"),
        pytest.param("address[a[b]]=1", "address[a[b]]", id="nested"),
        pytest.param("address]=1", "address]", id="closed"),
        pytest.param("preferred_locales[1000]=en", "preferred_locales[1000]", id="index"),
        pytest.param("preferred_locales[9999999999]=en", "preferred_locales[9999999999]", id="long-index"),
        pytest.param("preferred_locales[²]=en", "preferred_locales", id="no-index"),
        pytest.param("name=a&name=b", "name", id="twice"),
        pytest.param("name=a&metadata[a]=b&name=c", "name", id="twice-beside-brackets"),
        pytest.param("metadata[a]=1&metadata[a]=2", "metadata[a]", id="key-twice"),
        pytest.param("name=a&name[b]=c", "name", id="text-and-hash"),
        pytest.param("name[b]=c&name=a", "name", id="hash-and-text"),
        pytest.param("name[]=a", "name", id="list-for-text"),
        pytest.param("name[first]=a", "name", id="hash-for-text"),
        pytest.param("address=Bangkok", "address", id="text-for-hash"),
        pytest.param("address[]=Bangkok", "address", id="list-for-hash"),
        pytest.param("metadata=x", "metadata", id="text-for-metadata"),
        pytest.param("metadata[]=x", "metadata", id="list-for-metadata"),
        pytest.param("metadata[a][b]=x", "metadata[a]", id="hash-in-metadata"),
        pytest.param("custom_fields=x", "custom_fields", id="text-for-values"),
        pytest.param("preferred_locales=en", "preferred_locales", id="text-for-list"),
        pytest.param("preferred_locales[a]=en", "preferred_locales", id="hash-for-list"),
        pytest.param("tax_id_data[0]=eu_vat", "tax_id_data[0]", id="text-in-list-of-hashes"),
        pytest.param("tax_id_data[0][type]=eu_vat", "tax_id_data[0][value]", id="missing-in-list"),
        pytest.param("expand[0][a]=b", "expand", id="hash-in-expand"),
        pytest.param("expand[]=", "expand", id="nothing-in-expand"),
    ],
)  # fmt: skip
def test_brackets_that_make_no_sense(refused, body, param):
    status, _code, named = refused(body=body.encode())

    assert (status, named) == (400, param)


# -- text that cannot be stored ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "content_type", "param"),
    [
        pytest.param(b"name=a%00b", FORM, "name", id="form"),
        pytest.param(b"metadata[a]=%00", FORM, "metadata[a]", id="metadata"),
        pytest.param(b"metadata[%00]=a", FORM, "metadata[\ufffd]", id="key"),
        pytest.param(b"na%00me=a", FORM, "na\ufffdme", id="name"),
        pytest.param(as_json(name="a\0b"), JSON, "name", id="json"),
        pytest.param(as_json(metadata={"a": "\0"}), JSON, "metadata[a]", id="json-metadata"),
        pytest.param(as_json(metadata={"\0": "a"}), JSON, "metadata[\ufffd]", id="json-key"),
        pytest.param(as_json(preferred_locales=["\0"]), JSON, "preferred_locales[0]", id="json-list"),
        pytest.param(as_json(name="\ud800"), JSON, "name", id="surrogate"),
        pytest.param(as_json(metadata={"a": "x\udfff"}), JSON, "metadata[a]", id="surrogate-in-metadata"),
        pytest.param(as_json(metadata={"\ud800": "a"}), JSON, "metadata[\ufffd]", id="surrogate-in-key"),
        pytest.param(b'{"\\ud800": 1, "\\ud800": 2}', JSON, "\ufffd", id="surrogate-twice"),
    ],
)  # fmt: skip
def test_null_characters_and_halves_of_surrogate_pairs(refused, body, content_type, param):
    assert refused(body=body, content_type=content_type) == (400, None, param)


@pytest.mark.parametrize(
    ("body", "param"),
    [
        pytest.param(b'{"name": "a", "name": "b"}', "name", id="top"),
        pytest.param(b'{"name": "a", "name": "a"}', "name", id="equal"),
        pytest.param(b'{"metadata": {"a": "1", "a": "2"}}', "a", id="inside"),
    ],
)
def test_a_member_that_is_there_twice(refused, body, param):
    assert refused(body=body, content_type=JSON) == (400, None, param)


# -- what looks nasty and is not ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "'; DROP TABLE customers_customer; --",
        "<script>alert(1)</script>",
        "${jndi:ldap://example.com/a}",
        "{{ 7 * 7 }} %s %(name)s",
        "\u202eright to left",
        "\U0001f600 ก็ 漢字 ﷽",
        "a\tb\nc",
        "\ufeffmark",
        "=1+1",
    ],
)
def test_text_comes_back_as_it_went_in(api, name):
    by_form = api.post("customers", name=name, metadata={"a": name})
    by_json = api.json("customers", {"name": name, "metadata": {"a": name}})

    assert (by_form.body["name"], by_form.body["metadata"]) == (name, {"a": name})
    assert (by_json.body["name"], by_json.body["metadata"]) == (name, {"a": name})
    again = api.get(f"customers/{by_json.body['id']}")
    assert again.body == by_json.body


def test_metadata_may_have_numbers_for_keys(api):
    answer = api.post("customers", metadata={"0": "a", "1001": "b", "20260131": "c"})

    assert answer.body["metadata"] == {"0": "a", "1001": "b", "20260131": "c"}


def test_a_query_string_may_come_unescaped(api):
    made = api.post("organizations", name="Café 漢字").body

    found = api.send("GET", "organizations", query="name=Café 漢字".encode().decode("latin-1"))

    assert found.ids == [made["id"]]


def test_an_unescaped_query_string_must_be_utf_8(refused):
    assert refused(method="GET", query="email=\xff") == (400, None, None)


def test_nothing_refused_is_remembered_under_its_key_before_it_runs(api, site):
    headers = {"Idempotency-Key": "order-1"}

    refusal = api.post("customers", colour="red", headers=headers)
    accepted = api.post("customers", name="Jenny", headers=headers)

    assert (refusal.status, accepted.status) == (400, 200)
    with scoped_to(site, livemode=False):
        assert list(IdempotencyRecord.objects.values_list("key", "status")) == [("order-1", 200)]
