import pytest

from customers.models import Role, Site
from customers.services import sites
from tests.customers.admin import page

LIST = "/admin/customers/site/"
NOTHING = "\N{EN DASH}"


@pytest.fixture
def at_site(site):
    return lambda end="": f"{LIST}{site.pk}/{end}"


def columns(site):
    return Site.objects.filter(pk=site.pk).values().get()


def test_the_menu_leads_to_the_chosen_sites_page(owner, site, at_site):
    sites.update(site, details={"languages": ["th", "en"], "timezone": "Asia/Bangkok"})

    answer = owner.get(LIST, follow=True)

    assert answer.redirect_chain == [(at_site(), 302)]
    assert page.facts(answer) == {
        "Name": "Acme", "Short name": "acme", "Account ID": site.pk, "Country": "United States",
        "Currency": "USD", "Time zone": "Asia/Bangkok", "Languages": "ไทย, English",
        "Brand colour": "#17493c", "Support email": NOTHING, "Support phone": NOTHING, "Website": NOTHING,
        "Address": NOTHING, "Tax IDs": NOTHING,
        "Email customers about successful payments": "Yes",
        "Email customers about refunds": "Yes",
        "Email customers about expiring cards": "Yes",
        "Email invoices that are to be paid": "Yes",
        "Email customers about overdue invoices": "Yes",
        "Email customers about payments that failed": "Yes",
        "Email customers before a trial ends": "Yes",
        "Email customers whose subscription ends since it was not paid": "Yes",
        "Email customers about credit notes": "Yes",
        "Days between tries to collect an invoice": "1, 3, 5, 7",
        "When all tries have failed": "Cancel the subscription",
        "Days before a renewal on which its invoice is told of": "7",
        "Customers who share an email address": "Allow",
        "Check that email domains can receive mail": "No",
        "Refuse card numbers in free text": "Yes",
    }  # fmt: skip


def test_an_unchanged_form_changes_nothing(owner, site, at_site):
    sites.update(site, details={"languages": ["th", "en"], "website": "https://example.com"})
    before = columns(site)

    answer = owner.post(at_site("change/"), page.fields(owner.get(at_site("change/"))))

    assert (answer.status_code, answer.url) == (302, at_site())
    assert columns(site) == before


def test_settings_are_changed(owner, site, at_site):
    before = columns(site)
    form = page.fields(
        owner.get(at_site("change/")), name="Acme Ltd", slug="acme-ltd", country="TH",
        default_currency="thb", timezone="Asia/Bangkok", language="th", other_languages=["en", "th"],
        brand_color="#7a1f3d", support_email="help@example.com", support_phone="+66 2 555 0100",
        website="https://example.com", email_uniqueness="enforce", checks_email_dns="on",
        refuses_card_numbers=None, retry_days="2, 4", dunning_end="unpaid", upcoming_days="0", emails_invoices=None,
    )  # fmt: skip

    answer = owner.post(at_site("change/"), form)

    assert (answer.status_code, answer.url) == (302, at_site())
    assert columns(site) == {
        **before, "name": "Acme Ltd", "slug": "acme-ltd", "country": "TH", "default_currency": "thb",
        "timezone": "Asia/Bangkok", "languages": ["th", "en"], "brand_color": "#7a1f3d",
        "support_email": "help@example.com", "support_phone": "+66 2 555 0100",
        "website": "https://example.com", "email_uniqueness": "enforce", "checks_email_dns": True,
        "refuses_card_numbers": False, "retry_days": [2, 4], "dunning_end": "unpaid", "upcoming_days": 0,
        "emails_invoices": False,
    }  # fmt: skip


def test_address_and_tax_ids_are_changed_and_shown(owner, site, at_site):
    form = page.fields(
        owner.get(at_site("change/")), address_line1="88 Example Road", address_city="Bangkok",
        address_country="TH", tax_ids="TH VAT 0105556000000\n\n GB VAT 1 ",
    )  # fmt: skip

    owner.post(at_site("change/"), form)

    site.refresh_from_db()
    assert site.address == {"line1": "88 Example Road", "city": "Bangkok", "country": "TH"}
    assert site.tax_ids == ["TH VAT 0105556000000", "GB VAT 1"]
    shown = page.facts(owner.get(at_site()))
    assert shown["Address"] == "88 Example Road, Bangkok, Thailand"
    again = page.fields(owner.get(at_site("change/")))
    assert owner.post(at_site("change/"), again).status_code == 302
    site.refresh_from_db()
    assert site.tax_ids == ["TH VAT 0105556000000", "GB VAT 1"]


@pytest.mark.parametrize(
    "changes",
    [{"tax_ids": "\n".join("abcdef")}, {"tax_ids": "x" * 81}, {"address_line1": "x" * 201}],
)
def test_what_does_not_fit_on_an_invoice_is_refused(owner, site, at_site, changes):
    answer = owner.post(at_site("change/"), page.fields(owner.get(at_site("change/")), **changes))

    assert answer.status_code == 200
    site.refresh_from_db()
    assert (site.tax_ids, site.address) == ([], {})


def test_what_somebody_else_changed_meanwhile_stays(owner, site, at_site):
    form = page.fields(owner.get(at_site("change/")), name="Acme Ltd")
    sites.update(site, details={"support_phone": "+1 555 0100"})

    owner.post(at_site("change/"), form)

    stored = columns(site)
    assert (stored["name"], stored["support_phone"]) == ("Acme Ltd", "+1 555 0100")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        pytest.param({"slug": "other"}, "slug", id="taken short name"),
        pytest.param({"slug": "Not a slug"}, "slug", id="misspelt short name"),
        pytest.param({"name": ""}, "name", id="no name"),
        pytest.param({"country": "ZZ"}, "country", id="unknown country"),
        pytest.param({"timezone": "Mars/Olympus"}, "timezone", id="unknown time zone"),
        pytest.param({"website": "javascript:alert(1)"}, "website", id="no web address"),
        pytest.param({"email_uniqueness": "maybe"}, "email_uniqueness", id="unknown policy"),
        pytest.param({"retry_days": "1, two"}, "retry_days", id="no number of days"),
        pytest.param({"retry_days": "0"}, "retry_days", id="a try on the same day"),
        pytest.param({"upcoming_days": "61"}, "upcoming_days", id="told of too early"),
        pytest.param({"upcoming_days": "-1"}, "upcoming_days", id="told of too late"),
        pytest.param({"retry_days": "61"}, "retry_days", id="a try after months"),
        pytest.param({"retry_days": ",".join("1" * 11)}, "retry_days", id="too many tries"),
        pytest.param({"dunning_end": "shrug"}, "dunning_end", id="unknown end"),
    ],
)
def test_a_refused_setting_is_shown_at_its_field_and_changes_nothing(
    owner, other, site, at_site, wrong, field
):
    before = columns(site)
    form = page.fields(owner.get(at_site("change/")), support_phone="+1 555 0100", **wrong)

    answer = owner.post(at_site("change/"), form)

    assert answer.status_code == 200
    assert list(page.errors(answer)) == [field]
    assert columns(site) == before


@pytest.mark.parametrize("role", [Role.DEVELOPER, Role.READ_ONLY])
def test_who_administers_nothing_sees_and_changes_nothing(signed_in, site, at_site, role):
    client = signed_in(role)
    before = columns(site)

    seen = client.get(at_site())

    assert seen.status_code == 200
    assert at_site("change/") not in page.links(seen)
    assert client.get(at_site("change/")).status_code == 403
    assert client.post(at_site("change/"), {"name": "Mine"}).status_code == 403
    assert columns(site) == before


def test_an_administrator_may_change_settings(signed_in, site, at_site):
    client = signed_in(Role.ADMIN)

    client.post(at_site("change/"), page.fields(client.get(at_site("change/")), name="Acme Ltd"))

    assert columns(site)["name"] == "Acme Ltd"


@pytest.mark.parametrize("end", ["", "change/"])
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
