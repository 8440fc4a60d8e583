"""Values that a customer cannot have: each is refused by its parameter's name, and nothing is written."""

import pytest

from tests.v1_client import FORM, as_json, form

JSON = "application/json"
HUGE = "9" * 30
EMAIL_OF_513 = "a" * 64 + "@" + ".".join(["b" * 63] * 7)[: 513 - 65 - 4] + ".com"


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        pytest.param({"balance": HUGE}, "parameter_invalid_integer", "balance", id="huge-integer"),
        pytest.param(
            {"balance": "-" + HUGE}, "parameter_invalid_integer", "balance", id="huge-negative"
        ),
        pytest.param({"balance": 2**63}, "parameter_invalid_integer", "balance", id="2**63"),
        pytest.param(
            {"balance": 5 * 10**18}, "parameter_invalid_integer", "balance", id="19-digits"
        ),
        pytest.param({"balance": "1.5"}, "parameter_invalid_integer", "balance", id="fraction"),
        pytest.param({"balance": "0x10"}, "parameter_invalid_integer", "balance", id="hexadecimal"),
        pytest.param({"balance": "1_000"}, "parameter_invalid_integer", "balance", id="underscore"),
        pytest.param(
            {"balance": "\u0661"}, "parameter_invalid_integer", "balance", id="arabic-digit"
        ),
        pytest.param({"balance": ""}, "parameter_invalid_empty", "balance", id="empty"),
        pytest.param(
            {"next_invoice_sequence": -1},
            "parameter_invalid_integer",
            "next_invoice_sequence",
            id="negative",
        ),
        pytest.param(
            {"next_invoice_sequence": 10**15},
            "parameter_invalid_integer",
            "next_invoice_sequence",
            id="large",
        ),
        pytest.param(
            {"email": EMAIL_OF_513}, "parameter_invalid_string_too_long", "email", id="email-of-513"
        ),
        pytest.param({"email": "nobody"}, "email_invalid", "email", id="email"),
        pytest.param({"email": "a@b@c.com"}, "email_invalid", "email", id="email-twice"),
        pytest.param(
            {"email": "<a@example.com>"}, "email_invalid", "email", id="email-in-brackets"
        ),
        pytest.param(
            {"email": "a@example.com\nBcc: b@example.com"},
            "email_invalid",
            "email",
            id="email-of-two-lines",
        ),
        pytest.param(
            {"name": "x" * 5001}, "parameter_invalid_string_too_long", "name", id="long-name"
        ),
        pytest.param(
            {"first_name": "x" * 256},
            "parameter_invalid_string_too_long",
            "first_name",
            id="long-first-name",
        ),
        pytest.param(
            {"last_name": "x" * 256},
            "parameter_invalid_string_too_long",
            "last_name",
            id="long-last-name",
        ),
        pytest.param(
            {"display_name": "x" * 101},
            "parameter_invalid_string_too_long",
            "display_name",
            id="long-display-name",
        ),
        pytest.param(
            {"business_name": "x" * 151},
            "parameter_invalid_string_too_long",
            "business_name",
            id="long-business-name",
        ),
        pytest.param(
            {"individual_name": "x" * 151},
            "parameter_invalid_string_too_long",
            "individual_name",
            id="long-individual-name",
        ),
        pytest.param(
            {"mail_marketing": "perhaps"},
            "parameter_invalid_boolean",
            "mail_marketing",
            id="boolean",
        ),
        pytest.param({"tax_exempt": "always"}, None, "tax_exempt", id="choice"),
        pytest.param(
            {"preferred_locales": ["xx-not-one"]}, None, "preferred_locales[0]", id="locale"
        ),
        pytest.param(
            {"preferred_locales": ["en"] * 21}, None, "preferred_locales", id="many-locales"
        ),
        pytest.param({"timezone": "Mars/Olympus"}, None, "timezone", id="time-zone"),
        pytest.param({"timezone": "../../etc/passwd"}, None, "timezone", id="time-zone-path"),
        pytest.param({"preferred_currency": "xyz"}, None, "preferred_currency", id="currency"),
        pytest.param({"language": "xx"}, None, "language", id="language"),
        pytest.param(
            {"tax": {"ip_address": "300.1.1.1"}}, None, "tax[ip_address]", id="ip-address"
        ),
        pytest.param({"invoice_prefix": "ab"}, None, "invoice_prefix", id="prefix"),
        pytest.param(
            {"invoice_prefix": "A" * 13},
            "parameter_invalid_string_too_long",
            "invoice_prefix",
            id="long-prefix",
        ),
        pytest.param({"username": "jen ny"}, None, "username", id="username"),
        pytest.param(
            {"shipping": {"name": "x"}}, "parameter_missing", "shipping[address]", id="missing"
        ),
        pytest.param({"match": {"on": "phone"}}, None, "match[on]", id="match-on-what"),
        pytest.param(
            {"match": {"on": "email"}}, "parameter_missing", "email", id="match-on-nothing"
        ),
        pytest.param({"metadata": {"k" * 41: "x"}}, None, f"metadata[{'k' * 41}]", id="long-key"),
        pytest.param({"metadata": {"k": "x" * 501}}, None, "metadata[k]", id="long-value"),
        pytest.param(
            {"metadata": {f"k{n}": "x" for n in range(51)}}, None, "metadata", id="51-keys"
        ),
        pytest.param(
            {"custom_fields": {"nobody": "1"}},
            "parameter_unknown",
            "custom_fields[nobody]",
            id="custom-field",
        ),
        pytest.param(
            {"tax_id_data": [{"type": "xx_vat", "value": "1"}]},
            None,
            "tax_id_data[0][type]",
            id="tax-id-type",
        ),
        pytest.param(
            {"organization": "o" * 151},
            "parameter_invalid_string_too_long",
            "organization",
            id="organization",
        ),
        pytest.param(
            {"name": "4242 4242 4242 4242"}, "sensitive_data_rejected", "name", id="card-number"
        ),
        pytest.param(
            {"metadata": {"pan": "4242424242424242"}},
            "sensitive_data_rejected",
            "metadata[pan]",
            id="card-number-in-metadata",
        ),
        pytest.param(
            {"metadata": {"4242424242424242": "pan"}},
            "sensitive_data_rejected",
            "metadata",
            id="card-number-as-key",
        ),
    ],
)
@pytest.mark.parametrize("content_type", [FORM, JSON])
def test_a_value_that_cannot_be(refused, params, code, param, content_type):
    body = as_json(**params) if content_type == JSON else form(params)
    if content_type == JSON and params.get("balance") in (2**63, 5 * 10**18):
        code = (
            None if params["balance"] == 2**63 else code
        )  # JSON's own edge refuses what no column can hold

    assert refused(body=body, content_type=content_type) == (400, code, param)


@pytest.mark.parametrize(
    ("value", "param"),
    [
        pytest.param({"name": 5}, "name", id="number-for-text"),
        pytest.param({"name": True}, "name", id="boolean-for-text"),
        pytest.param({"name": ["a"]}, "name", id="list-for-text"),
        pytest.param({"name": {"a": "b"}}, "name", id="hash-for-text"),
        pytest.param({"balance": 1.0}, "balance", id="float-for-integer"),
        pytest.param({"balance": True}, "balance", id="boolean-for-integer"),
        pytest.param({"balance": [1]}, "balance", id="list-for-integer"),
        pytest.param({"mail_marketing": 1}, "mail_marketing", id="number-for-boolean"),
        pytest.param({"address": "x"}, "address", id="text-for-hash"),
        pytest.param({"address": []}, "address", id="list-for-hash"),
        pytest.param({"metadata": []}, "metadata", id="list-for-metadata"),
        pytest.param({"metadata": {"a": ["b"]}}, "metadata[a]", id="list-in-metadata"),
        pytest.param({"metadata": {"a": {"b": "c"}}}, "metadata[a]", id="hash-in-metadata"),
        pytest.param({"preferred_locales": "en"}, "preferred_locales", id="text-for-list"),
        pytest.param({"preferred_locales": [5]}, "preferred_locales[0]", id="number-in-list"),
        pytest.param({"preferred_locales": [None]}, "preferred_locales[0]", id="null-in-list"),
        pytest.param({"tax_id_data": [["eu_vat"]]}, "tax_id_data[0]", id="list-in-list"),
        pytest.param({"expand": 5}, "expand", id="number-for-expand"),
        pytest.param({"expand": [["tax"]]}, "expand", id="list-in-expand"),
        pytest.param({"expand": ["tax"] * 21}, "expand", id="much-to-expand"),
        pytest.param({"preferred_currency": ["usd"]}, "preferred_currency", id="list-for-currency"),
        pytest.param({"timezone": {"a": 1}}, "timezone", id="hash-for-time-zone"),
        pytest.param({"tax_exempt": ["none"]}, "tax_exempt", id="list-for-choice"),
    ],
)
def test_json_of_the_wrong_shape(refused, value, param):
    status, _code, named = refused(body=as_json(**value), content_type=JSON)

    assert (status, named) == (400, param)


@pytest.mark.parametrize(
    "name", ["card", "default_source", "id", "object", "livemode", "created", "site", "colour"]
)
def test_an_unknown_parameter(refused, name):
    expected = (400, "parameter_unknown", name)

    assert refused(body=form({name: "x"})) == expected
    assert refused(body=as_json(**{name: "x"}), content_type=JSON) == expected
    assert refused(body=form({"name": "Jenny", name: "x"})) == expected
    assert refused(query=form({name: "x"})) == expected
