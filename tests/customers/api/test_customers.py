"""`/v1/customers`: made, matched, changed, deleted."""

import logging

import dns.resolver
import pytest

from customers.events.models import Event
from customers.models import Customer, EmailUniqueness
from customers.services import email_addresses, sites
from tests.v1_client import NEW_CUSTOMER

ADDRESS = {
    "city": "Bangkok",
    "country": "TH",
    "line1": "1 Sukhumvit Road",
    "line2": None,
    "postal_code": "10110",
    "state": None,
}


@pytest.fixture
def jenny(api):
    return api.post("customers", name="Jenny Rosen", email="jenny@example.com").body


# -- made --------------------------------------------------------------------------------------------------------------


def test_a_new_customer_needs_nothing(api):
    wire = api.post("customers").body

    assert wire.pop("id").startswith("cus_")
    assert wire.pop("created") > 0
    assert len(wire.pop("invoice_prefix")) == 8
    assert wire == NEW_CUSTOMER


def test_a_form_and_json_say_the_same(api):
    body = {
        "name": "Jenny Rosen",
        "balance": -250,
        "mail_marketing": True,
        "metadata": {"order": "6735"},
        "preferred_locales": ["th", "en"],
        "address": ADDRESS,
        "tax_id_data": [{"type": "us_ein", "value": "12-3456789"}],
    }

    made = [api.post("customers", body).body, api.json("customers", body).body]

    for wire in made:
        for name in ("id", "created", "invoice_prefix"):
            wire.pop(name)
    assert made[0] == made[1]


def test_an_id_has_stripes_prefix_and_24_letters(jenny):
    prefix, _, key = jenny["id"].partition("_")

    assert (prefix, len(key)) == ("cus", 24)
    assert key.isascii()
    assert key == key.lower()


def test_the_name_falls_back_to_first_and_last(api):
    made = api.post("customers", first_name="Jenny", last_name="Rosen", display_name="Jen").body
    named = api.post("customers", name="J. Rosen", first_name="Jenny").body

    assert (made["name"], made["first_name"], made["last_name"]) == (
        "Jenny Rosen",
        "Jenny",
        "Rosen",
    )
    assert (made["display_name"], named["name"]) == ("Jen", "J. Rosen")


def test_the_language_is_the_first_locale(api):
    made = api.post("customers", preferred_locales=["th", "en"]).body
    changed = api.post(f"customers/{made['id']}", language="fr").body
    gone = api.post(f"customers/{made['id']}", language="").body

    assert (made["language"], made["preferred_locales"]) == ("th", ["th", "en"])
    assert (changed["language"], changed["preferred_locales"]) == ("fr", ["fr", "th", "en"])
    assert (gone["language"], gone["preferred_locales"]) == ("th", ["th", "en"])


def test_the_preferred_currency_is_not_the_billing_currency(api):
    made = api.post("customers", preferred_currency="THB").body
    api.post(f"customers/{made['id']}/balance_transactions", amount=100, currency="usd")

    wire = api.get(f"customers/{made['id']}").body

    assert (made["preferred_currency"], made["currency"]) == ("thb", None)
    assert (wire["preferred_currency"], wire["currency"]) == ("thb", "usd")


@pytest.mark.parametrize("phone", ["+1-555-123-4567", "(02) 123 4567", "call me", "☎ 1"])
def test_a_phone_number_is_kept_as_it_was_written(api, phone):
    assert api.post("customers", phone=phone).body["phone"] == phone


def test_metadata_is_texts(api):
    made = api.json(
        "customers",
        {"metadata": {"n": 5, "f": 1.5, "b": True, "t": "x", "gone": None, "empty": ""}},
    )

    assert made.body["metadata"] == {"n": "5", "f": "1.5", "b": "true", "t": "x"}


def test_an_email_address_of_512_characters_is_kept(api):
    local, domain = "a" * 64, ".".join(["b" * 63] * 7)[: 512 - 65 - 4] + ".com"
    email = f"{local}@{domain}"

    answer = api.post("customers", email=email)

    assert (len(email), answer.status, answer.body["email"]) == (512, 200, email)


# -- changed -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["post", "put", "patch"])
def test_what_is_left_out_stays(api, jenny, method):
    changed = getattr(api, method)(f"customers/{jenny['id']}", description="Reads everything")

    assert changed.body == jenny | {"description": "Reads everything"}
    assert api.get(f"customers/{jenny['id']}").body == changed.body


def test_metadata_is_merged_key_by_key(api):
    customer = api.post("customers", metadata={"a": "1", "b": "2"}).body["id"]

    merged = api.post(f"customers/{customer}", metadata={"a": "", "c": "3"}).body["metadata"]
    emptied = api.post(f"customers/{customer}", metadata="").body["metadata"]

    assert (merged, emptied) == ({"b": "2", "c": "3"}, {})


def test_metadata_has_fifty_keys_after_merging(api, nothing_written):
    customer = api.post("customers", metadata={f"k{n}": "x" for n in range(50)}).body["id"]

    with nothing_written():
        answer = api.post(f"customers/{customer}", metadata={"more": "x"})
    swapped = api.post(f"customers/{customer}", metadata={"k0": "", "more": "x"})

    assert (answer.status, answer.error["param"]) == (400, "metadata")
    assert (swapped.status, len(swapped.body["metadata"])) == (200, 50)


def test_one_metadata_key_is_deleted(api, nothing_written):
    customer = api.post("customers", metadata={"kept": "1", "gone": "2"}).body

    answer = api.delete(f"customers/{customer['id']}/metadata/gone")
    with nothing_written():
        again = api.delete(f"customers/{customer['id']}/metadata/gone")

    assert answer.body == customer | {"metadata": {"kept": "1"}}
    assert (again.status, again.error["param"]) == (404, "key")


def test_parts_of_the_invoice_settings_change_alone(api):
    fields = [{"name": "PO", "value": "4711"}]
    customer = api.post(
        "customers", invoice_settings={"footer": "Thank you", "custom_fields": fields}
    ).body["id"]

    changed = api.post(f"customers/{customer}", invoice_settings={"footer": "Thanks"}).body
    emptied = api.post(f"customers/{customer}", invoice_settings={"custom_fields": ""}).body

    assert (
        changed["invoice_settings"]["footer"],
        changed["invoice_settings"]["custom_fields"],
    ) == ("Thanks", fields)
    assert (
        emptied["invoice_settings"]["footer"],
        emptied["invoice_settings"]["custom_fields"],
    ) == ("Thanks", None)


def test_names_that_are_unique_can_change_and_become_free(api, jenny):
    other = api.post("customers", external_id="user_1", username="jenny").body["id"]
    taken = api.post(f"customers/{jenny['id']}", external_id="user_1")

    api.post(f"customers/{other}", external_id="user_2", username="")
    free = api.post(f"customers/{jenny['id']}", external_id="user_1", username="jenny")

    assert (taken.status, taken.error["code"], taken.error["param"]) == (
        400,
        "resource_already_exists",
        "external_id",
    )
    assert (free.body["external_id"], free.body["username"]) == ("user_1", "jenny")


# -- deleted -----------------------------------------------------------------------------------------------------------


def test_a_deleted_customer_is_a_stub(api, jenny, scope):
    path = f"customers/{jenny['id']}"
    stub = {"id": jenny["id"], "object": "customer", "deleted": True}

    deleted, found = api.delete(path), api.get(path)

    assert (deleted.status, deleted.body) == (200, stub)
    assert (found.status, found.body) == (200, stub)
    row = Customer.objects.get()
    assert (row.email, row.deleted_at is not None) == ("jenny@example.com", True)
    told = list(Event.objects.order_by("created_at", "id").values_list("type", flat=True))
    assert told == ["customer.created", "customer.deleted"]


def test_nothing_can_be_done_with_a_deleted_customer(api, jenny, nothing_written):
    path = f"customers/{jenny['id']}"
    api.delete(path)

    with nothing_written():
        answers = [
            api.post(path, name="Lee"),
            api.delete(path),
            api.delete(f"{path}/metadata/a"),
            api.post(f"{path}/tax_ids", type="us_ein", value="12-3456789"),
            api.post(f"{path}/balance_transactions", amount=1, currency="usd"),
            api.post(f"{path}/consents", channel="mail_marketing", granted=True),
            api.get(f"{path}/cash_balance"),
        ]

    assert [answer.status for answer in answers] == [404] * len(answers)
    assert answers[0].error["message"] == f"No such customer: '{jenny['id']}'"


def test_a_deleted_customer_is_not_found_any_more(api, jenny):
    api.delete(f"customers/{jenny['id']}")

    assert api.get("customers").ids == []
    assert api.get("customers", email="jenny@example.com").ids == []
    assert api.get("customers/search", query='email:"jenny@example.com"').ids == []
    made = api.post("customers", email="jenny@example.com", match={"on": "email"}).body
    assert made["id"] != jenny["id"]


def test_an_unknown_customer_cannot_be_deleted(api, nothing_written):
    with nothing_written():
        answer = api.delete("customers/cus_missing")

    assert (answer.status, answer.error) == (
        404,
        {
            "code": "resource_missing",
            "message": "No such customer: 'cus_missing'",
            "param": "id",
            "type": "invalid_request_error",
        },
    )


# -- got or made (rule C1) ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("match_on", "params"),
    [
        ("email", {"email": "jenny@example.com"}),
        ("email", {"email": "JENNY@Example.com"}),
        ("external_id", {"external_id": "user_1"}),
        ("metadata[order]", {"metadata": {"order": "6735"}}),
    ],
)
def test_the_one_that_matches_comes_back_unchanged(api, nothing_written, match_on, params):
    made = api.post(
        "customers", email="jenny@example.com", external_id="user_1", metadata={"order": "6735"}
    ).body

    with nothing_written():
        found = api.post("customers", params, match={"on": match_on}, name="Somebody Else")

    assert (found.status, found.body) == (200, made)


def test_one_is_made_where_none_matches(api, jenny):
    made = api.post("customers", email="lee@example.com", match={"on": "email"}, name="Lee").body

    assert (made["name"], made["email"]) == ("Lee", "lee@example.com")
    assert api.get("customers").ids == [made["id"], jenny["id"]]


def test_the_oldest_is_taken_where_several_match(api, jenny):
    api.post("customers", email="jenny@example.com")

    assert api.post("customers", email="jenny@example.com", match={"on": "email"}).body == jenny


# -- the site's policies -----------------------------------------------------------------------------------------------


def test_email_addresses_may_be_shared(api, jenny):
    answer = api.post("customers", email="jenny@example.com")

    assert (answer.status, "Keeptab-Warning" in answer.headers) == (200, False)


def test_a_site_may_be_warned_of_shared_addresses(api, site, jenny):
    sites.update(site, details={"email_uniqueness": EmailUniqueness.WARN})

    shared, other = (
        api.post("customers", email="JENNY@example.com"),
        api.post("customers", email="lee@example.com"),
    )

    assert (shared.status, shared.headers["Keeptab-Warning"]) == (200, "email_taken")
    assert "Keeptab-Warning" not in other.headers


def test_a_site_may_enforce_that_addresses_are_unique(api, site, jenny, nothing_written):
    sites.update(site, details={"email_uniqueness": EmailUniqueness.ENFORCE})
    lee = api.post("customers", email="lee@example.com").body["id"]

    with nothing_written():
        answers = [
            api.post("customers", email="JENNY@example.com"),
            api.post(f"customers/{lee}", email="jenny@example.com"),
        ]

    found = [(answer.status, answer.error["code"], answer.error["param"]) for answer in answers]
    assert found == [(400, "resource_already_exists", "email")] * 2
    assert [api.post("customers").status for _ in range(2)] == [200, 200]


class Resolver:
    """Stands for the domain name system."""

    def __init__(self, trouble):
        self.trouble = trouble
        self.asked = []

    def resolve(self, domain, *_args, **_options):
        self.asked.append(str(domain))
        raise self.trouble


@pytest.fixture
def resolver(monkeypatch, site):
    """The site wants domains to be checked, and none exists."""
    site.checks_email_dns = True
    site.save(update_fields=["checks_email_dns"])
    stand_in = Resolver(dns.resolver.NXDOMAIN())
    monkeypatch.setattr(email_addresses, "_resolver", lambda: stand_in)
    return stand_in


def test_a_domain_that_takes_no_mail_is_refused_where_the_site_wants_it(
    api, resolver, nothing_written
):
    with nothing_written():
        answer = api.post("customers", email="jenny@nowhere.example.org")

    assert (answer.status, answer.error["code"], answer.error["param"]) == (
        400,
        "email_invalid",
        "email",
    )
    assert resolver.asked


def test_the_check_is_skipped_on_request(api, resolver):
    answer = api.post(
        "customers", email="jenny@nowhere.example.org", skip_email_dns_validations=True
    )

    assert (answer.status, resolver.asked) == (200, [])


@pytest.mark.parametrize(
    "trouble",
    [
        dns.resolver.LifetimeTimeout(timeout=3, errors=[]),
        dns.resolver.NoNameservers(),
        OSError("no network"),
    ],
    ids=lambda trouble: type(trouble).__name__,
)
def test_a_resolver_that_fails_warns_and_never_rejects(api, resolver, trouble, caplog):
    resolver.trouble = trouble

    with caplog.at_level(logging.WARNING):
        answer = api.post("customers", email="jenny@nowhere.example.org")

    assert answer.status == 200
    assert "jenny" not in caplog.text


def test_domains_are_not_asked_for_unless_the_site_wants_it(api, monkeypatch):
    stand_in = Resolver(dns.resolver.NXDOMAIN())
    monkeypatch.setattr(email_addresses, "_resolver", lambda: stand_in)

    assert api.post("customers", email="jenny@nowhere.example.org").status == 200
    assert stand_in.asked == []


# -- tax ---------------------------------------------------------------------------------------------------------------


def test_the_tax_location_is_checked_on_request(api, nothing_written):
    good = api.post(
        "customers", address=ADDRESS, tax={"validate_location": "immediately"}, expand=["tax"]
    )
    deferred = api.post("customers", tax={"validate_location": "deferred"}, expand=["tax"])

    with nothing_written():
        bad = api.post(
            "customers", address={"country": "Atlantis"}, tax={"validate_location": "immediately"}
        )

    assert (good.status, good.body["tax"]["location"]["country"]) == (200, "TH")
    assert (deferred.status, deferred.body["tax"]["automatic_tax"]) == (
        200,
        "unrecognized_location",
    )
    assert (bad.status, bad.error["code"]) == (400, "customer_tax_location_invalid")


def test_the_tax_location_of_a_known_customer_is_that_of_its_address(api):
    customer = api.post("customers", address=ADDRESS).body["id"]

    answer = api.post(f"customers/{customer}", tax={"validate_location": "immediately"})

    assert answer.status == 200
