import pytest

from customers.admin import settings_pages
from customers.models import Role, Site
from customers.services import sites
from tests.customers.admin import page

LIST = "/admin/customers/site/"


@pytest.fixture
def at_site(site):
    return lambda end="": f"{LIST}{site.pk}/{end}"


def columns(site):
    return Site.objects.filter(pk=site.pk).values().get()


def cards(answer):
    return {str(card.title): dict(card.facts) for card in answer.context["cards"]}


def test_the_menu_leads_to_the_chosen_sites_settings(owner, site, at_site):
    sites.update(site, details={"languages": ["th", "en"], "retry_days": [2, 4]})

    answer = owner.get(LIST, follow=True)

    assert answer.redirect_chain == [(at_site(), 302)]
    assert cards(answer) == {
        "Privacy": {"Documents are kept": "7 years", "Periods of your own": "None"},
        "Business": {
            "Name": "Acme", "Country": "United States", "Currency": "USD", "Languages": "ไทย, English",
        },
        "Branding": {"Logo": "None", "Colour": "#17493c", "Support": ""},
        "Invoices": {"Address": "", "Tax IDs": "", "Renewals told of": "7 days before"},
        "Failed payments": {
            "Days between tries": "2, 4", "When all tries have failed": "Cancel the subscription",
        },
        "Emails": {"Sent": "10 of 10 kinds", "With texts of your own": "None"},
        "Policies": {
            "Customers who share an email address": "Allow", "Email domains are checked": "No",
            "Card numbers in free text are refused": "Yes",
            "Security code with a saved card": "Each time",
        },
        "API keys": {"In use": "4 keys", "Mode": "Test"},
        "Webhook endpoints": {"Enabled": "0 endpoints"},
        "Staff": {"Members": "1"},
        "Custom fields": {"Of customers": "None"},
        "Payment gateway": {"In use": "Sandbox"},
        "Your data": {
            "Mode": "Test", "Take it away": "As Stripe or Omise spells it, or as lists",
        },
        "Portal": {
            "Address": "/portal/acme", "Customers can sign in by a code": "Yes",
            "Origins to which customers may return": "",
        },
    }  # fmt: skip


def test_who_only_reads_sees_no_gateway(reader, at_site):
    assert "Payment gateway" not in cards(reader.get(at_site()))


@pytest.mark.parametrize("subject", settings_pages.SUBJECTS)
def test_an_unchanged_form_changes_nothing(owner, site, at_site, subject):
    address = {"line1": "1 Example Road", "country": "TH"}
    details = {"languages": ["th", "en"], "website": "https://example.com", "address": address}
    sites.update(site, details=details)
    before, here = columns(site), at_site(f"{subject}/")

    answer = owner.post(here, page.fields(owner.get(here)))

    assert (answer.status_code, answer.url) == (302, here)
    assert columns(site) == before


def test_there_is_no_form_for_everything(owner, at_site):
    assert owner.get(at_site("change/")).status_code == 404


@pytest.mark.parametrize(
    ("subject", "sent", "stored"),
    [
        (
            "business",
            {"name": "Acme Ltd", "slug": "acme-ltd", "country": "TH", "default_currency": "thb",
             "timezone": "Asia/Bangkok", "language": "th", "other_languages": ["en", "th"]},
            {"name": "Acme Ltd", "slug": "acme-ltd", "country": "TH", "default_currency": "thb",
             "timezone": "Asia/Bangkok", "languages": ["th", "en"]},
        ),
        (
            "branding",
            {"brand_color": "#7a1f3d", "support_email": "help@example.com", "support_phone": "+66 2 555 0100",
             "website": "https://example.com", "terms_url": "https://example.com/terms",
             "privacy_url": "example.com/privacy"},
            {"brand_color": "#7a1f3d", "support_email": "help@example.com", "support_phone": "+66 2 555 0100",
             "website": "https://example.com", "terms_url": "https://example.com/terms",
             "privacy_url": "https://example.com/privacy"},
        ),
        (
            "invoices",
            {"address_line1": "88 Example Road", "address_city": "Bangkok", "address_country": "TH",
             "tax_ids": "TH VAT 0105556000000\n\n GB VAT 1 ", "upcoming_days": "0"},
            {"address": {"line1": "88 Example Road", "city": "Bangkok", "country": "TH"},
             "tax_ids": ["TH VAT 0105556000000", "GB VAT 1"], "upcoming_days": 0},
        ),
        (
            "collecting",
            {"retry_days": "2, 4", "dunning_end": "unpaid"},
            {"retry_days": [2, 4], "dunning_end": "unpaid"},
        ),
        ("emails", {"emails_invoices": None}, {"emails_invoices": False}),
        (
            "policies",
            {"email_uniqueness": "enforce", "checks_email_dns": "on", "refuses_card_numbers": None,
             "asks_security_codes": "never", "allowed_origins": "https://shop.example.com\nhttp://localhost:3000"},
            {"email_uniqueness": "enforce", "checks_email_dns": True, "refuses_card_numbers": False,
             "asks_security_codes": "never",
             "allowed_origins": ["https://shop.example.com", "http://localhost:3000"]},
        ),
    ],
)  # fmt: skip
def test_settings_are_changed(owner, site, at_site, subject, sent, stored):
    before, here = columns(site), at_site(f"{subject}/")

    answer = owner.post(here, page.fields(owner.get(here), **sent))

    assert (answer.status_code, answer.url) == (302, here)
    assert columns(site) == {**before, **stored}


@pytest.mark.parametrize(
    "changes",
    [{"tax_ids": "\n".join("abcdef")}, {"tax_ids": "x" * 81}, {"address_line1": "x" * 201}],
)
def test_what_does_not_fit_on_an_invoice_is_refused(owner, site, at_site, changes):
    here = at_site("invoices/")

    answer = owner.post(here, page.fields(owner.get(here), **changes))

    assert answer.status_code == 200
    site.refresh_from_db()
    assert (site.tax_ids, site.address) == ([], {})


def test_what_somebody_else_changed_meanwhile_stays(owner, site, at_site):
    here = at_site("branding/")
    form = page.fields(owner.get(here), website="https://example.com")
    sites.update(site, details={"support_phone": "+1 555 0100"})

    owner.post(here, form)

    stored = columns(site)
    assert (stored["website"], stored["support_phone"]) == ("https://example.com", "+1 555 0100")


@pytest.mark.parametrize(
    ("subject", "wrong", "field"),
    [
        pytest.param("business", {"slug": "other"}, "slug", id="taken short name"),
        pytest.param("business", {"slug": "Not a slug"}, "slug", id="misspelt short name"),
        pytest.param("business", {"name": ""}, "name", id="no name"),
        pytest.param("business", {"country": "ZZ"}, "country", id="unknown country"),
        pytest.param("business", {"timezone": "Mars/Olympus"}, "timezone", id="unknown time zone"),
        pytest.param("branding", {"website": "javascript:alert(1)"}, "website", id="no web address"),
        pytest.param("branding", {"terms_url": "javascript:alert(1)"}, "terms_url", id="no terms"),
        pytest.param("branding", {"brand_color": "red"}, "brand_color", id="no colour"),
        pytest.param("policies", {"email_uniqueness": "x"}, "email_uniqueness", id="no policy"),
        pytest.param("collecting", {"retry_days": "1, two"}, "retry_days", id="no number of days"),
        pytest.param("collecting", {"retry_days": "0"}, "retry_days", id="a try on the same day"),
        pytest.param("collecting", {"retry_days": "61"}, "retry_days", id="a try after months"),
        pytest.param("collecting", {"retry_days": ",".join("1" * 11)}, "retry_days", id="many tries"),
        pytest.param("collecting", {"dunning_end": "shrug"}, "dunning_end", id="unknown end"),
        pytest.param("invoices", {"upcoming_days": "61"}, "upcoming_days", id="told of too early"),
        pytest.param("invoices", {"upcoming_days": "-1"}, "upcoming_days", id="told of too late"),
    ],
)  # fmt: skip
def test_a_refused_setting_is_shown_at_its_field_and_changes_nothing(
    owner, other, site, at_site, subject, wrong, field
):
    before, here = columns(site), at_site(f"{subject}/")

    answer = owner.post(here, page.fields(owner.get(here), **wrong))

    assert answer.status_code == 200
    assert list(page.errors(answer)) == [field]
    assert columns(site) == before


@pytest.mark.parametrize("role", [Role.DEVELOPER, Role.READ_ONLY])
def test_who_administers_nothing_sees_and_changes_nothing(signed_in, site, at_site, role):
    client = signed_in(role)
    before = columns(site)

    seen = client.get(at_site("business/"))

    assert page.facts(seen)["Name"] == "Acme"
    assert seen.context.get("form") is None
    assert client.post(at_site("business/"), {"name": "Mine"}).status_code == 403
    assert columns(site) == before


def test_an_administrator_may_change_settings(signed_in, site, at_site):
    client = signed_in(Role.ADMIN)

    here = at_site("business/")
    client.post(here, page.fields(client.get(here), name="Acme Ltd"))

    assert columns(site)["name"] == "Acme Ltd"


@pytest.mark.parametrize("end", ["", "business/", "branding/"])
def test_another_site_is_not_there(owner, other, end):
    before = columns(other[0])

    answers = [
        owner.get(f"{LIST}{other[0].pk}/{end}"),
        owner.post(f"{LIST}{other[0].pk}/{end}", {"name": "Mine"}),
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert columns(other[0]) == before


def test_sites_are_neither_made_nor_deleted_here(owner, site, at_site):
    assert owner.post(f"{LIST}add/", {"name": "New"}).status_code == 403
    assert owner.post(at_site("delete/")).status_code == 403
    assert list(Site.objects.all()) == [site]
