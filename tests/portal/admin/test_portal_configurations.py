"""The portal's settings in the dashboard: who may change them, and what customers can do afterwards."""

import pytest

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import AuditEntry, Role, Site
from portal.models import PortalConfiguration
from portal.services import configurations
from tests.customers.admin.page import errors, facts, fields

PAGE = "/admin/portal/portalconfiguration/"
SHOP = "https://shop.example.com"


@pytest.fixture
def save(owner):
    """A function that changes some of the page's fields and sends the form."""

    def save(**changes):
        return owner.post(PAGE, fields(owner.get(PAGE), **changes))

    return save


def features():
    return PortalConfiguration.objects.get(is_default=True).features


@pytest.mark.parametrize("role", Role.values)
def test_who_manages_settings_changes_the_portal(signed_in, scope, role):
    status = signed_in(role).get(PAGE).status_code

    assert status == (200 if role in {"owner", "admin"} else 403)


def test_who_may_not_changes_nothing(signed_in, scope, nothing_written):
    client = signed_in(Role.SUPPORT)

    with nothing_written():
        answer = client.post(PAGE, {"has_login_page": "on", "return_origins": SHOP})

    assert answer.status_code == 403


def test_the_form_shows_what_is_set(owner, scope):
    shown = fields(owner.get(PAGE))

    assert shown["has_login_page"] == ["on"]
    assert shown["cancel_mode"] == ["at_period_end"]
    assert "subscription_pause" not in shown
    assert shown["allowed_updates"] == ["name", "email", "phone", "address", "shipping", "tax_id"]
    assert shown["reasons"][:2] == ["too_expensive", "missing_features"]


def test_what_was_chosen_holds_and_is_told_of(save, scope):
    answer = save(
        invoice_history=None, subscription_pause="on", cancel_mode="immediately",
        reasons=["other", "unused"], allowed_updates=["name"],
    )  # fmt: skip

    kept = features()
    assert answer.url == PAGE
    assert (kept["invoice_history"]["enabled"], kept["subscription_pause"]["enabled"]) == (
        False, True,
    )  # fmt: skip
    assert kept["subscription_cancel"]["mode"] == "immediately"
    assert kept["subscription_cancel"]["cancellation_reason"]["options"] == ["unused", "other"]
    assert kept["customer_update"] == {"enabled": True, "allowed_updates": ["name"]}
    entry = AuditEntry.objects.get(object_id=PortalConfiguration.objects.get().pk)
    assert entry.actor == "owner@example.com"


def test_what_the_page_does_not_show_stays(save, scope):
    row = configurations.default(at=clock.now())
    said = {"subscription_update": {"enabled": True, "default_allowed_updates": ["quantity"]}}
    configurations.update(row, details={"features": said}, at=clock.now())

    save(subscription_pause="on")

    assert features()["subscription_update"]["default_allowed_updates"] == ["quantity"]


def test_the_headline_and_the_policies_are_what_customers_read(save, client, scope):
    save(
        headline="Everything about your plants",
        terms_of_service_url="https://example.com/plants/terms",
        privacy_policy_url="https://example.com/plants/privacy",
    )

    page = client.get("/portal/acme?mode=test").content.decode()

    assert "Everything about your plants" in page
    assert 'href="https://example.com/plants/terms"' in page
    assert 'href="https://example.com/plants/privacy"' in page


def test_a_headline_and_a_policy_that_are_emptied_are_shown_no_more(save, scope):
    profile = {"headline": "Old plants", "privacy_policy_url": "https://example.com/old"}
    configurations.update(configurations.default(at=clock.now()), details=profile, at=clock.now())

    save(headline="", privacy_policy_url="")

    row = PortalConfiguration.objects.get()
    assert (row.headline, row.privacy_policy_url) == ("", "")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("headline", "x" * 61),
        ("terms_of_service_url", "javascript:alert(1)"),
        ("privacy_policy_url", "example.com/privacy"),
    ],
)
def test_what_the_interface_refuses_is_refused_here(save, scope, name, value):
    answer = save(**{name: value})

    assert list(errors(answer)) == [name]
    assert not PortalConfiguration.objects.exclude(**{name: ""}).exists()


def test_origins_are_kept_one_a_line(save, site):
    save(return_origins=f"  {SHOP}/ \n\nHTTPS://WWW.EXAMPLE.COM\n")

    assert Site.objects.get(pk=site.pk).return_origins == [SHOP, "https://www.example.com"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"return_origins": "https://shop.example.com/cart"}, "return_origins"),
        ({"return_origins": SHOP, "default_return_url": "https://evil.example.org"}, "default_return_url"),
        ({"default_return_url": "javascript:alert(1)"}, "default_return_url"),
    ],
    ids=["no origin", "another origin", "no address"],
)  # fmt: skip
def test_customers_are_led_nowhere_else(save, site, scope, changes, field):
    before = site.return_origins

    answer = save(**changes)

    assert list(errors(answer)) == [field]
    assert Site.objects.get(pk=site.pk).return_origins == before
    assert not PortalConfiguration.objects.exclude(default_return_url="").exists()


def test_a_portal_that_is_closed_takes_no_codes(save, client, scope):
    save(has_login_page=None)

    page = client.get("/portal/acme?mode=test").content.decode()

    assert 'name="email"' not in page


def test_an_origin_and_the_way_back_to_it_are_named_at_once(save, scope):
    save(return_origins=SHOP, default_return_url=f"{SHOP}/account")

    assert PortalConfiguration.objects.get().default_return_url == f"{SHOP}/account"


def test_modes_have_settings_of_their_own(save, site, scope):
    save(subscription_pause="on")

    with scoped_to(site, livemode=True):
        live = configurations.default(at=clock.now())
    assert features()["subscription_pause"]["enabled"]
    assert not live.features["subscription_pause"]["enabled"]


def test_the_settings_lead_here(owner, site, save):
    save(return_origins=SHOP, has_login_page=None)

    page = owner.get(f"/admin/customers/site/{site.pk}/")

    told = facts(page)
    assert PAGE in page.content.decode()
    assert told["Origins to which customers may return"] == SHOP
    assert told["Customers can sign in by a code"] == "No"
