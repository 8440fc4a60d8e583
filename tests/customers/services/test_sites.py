import threading

import pytest
from django.db import connection, transaction

from customers.kit.errors import InvalidRequest
from customers.kit.tenancy import every_site, scoped_to
from customers.models import ApiKey, Customer, Site
from customers.services import customers, sites
from tests.factories.customers import CustomerFactory, SiteFactory


def columns(site):
    return Site.objects.filter(pk=site.pk).values().get()


def test_a_site_comes_with_one_key_of_each_kind(db, at):
    site, keys = sites.create(name="Willow & Pine", at=at, country="FR", default_currency="eur")

    assert columns(site) == {
        "id": site.pk, "name": "Willow & Pine", "slug": "willow-pine", "country": "FR",
        "default_currency": "eur", "timezone": "UTC", "languages": [], "support_email": "",
        "support_phone": "", "website": "", "terms_url": "", "privacy_url": "",
        "light_logo": "", "dark_logo": "", "brand_color": "#17493c", "email_uniqueness": "off",
        "checks_email_dns": False, "refuses_card_numbers": True, "has_required_fields": False, "retention": {},
        "asks_security_codes": "always", "allowed_origins": [], "return_origins": [],
        "emails_receipts": True, "emails_refunds": True, "emails_expiring_cards": True,
        "emails_failed_payments": True, "emails_invoices": True, "emails_trial_ends": True,
        "emails_overdue_invoices": True, "retry_days": [1, 3, 5, 7], "dunning_end": "cancel",
        "requires_second_factor": False, "upcoming_days": 7,
        "emails_ended_subscriptions": True, "emails_credit_notes": True,
        "emails_subscription_changes": True, "address": {},
        "tax_ids": [],
        "created_at": at,
    }  # fmt: skip
    assert {name: text.rpartition("_")[0] for name, text in keys.items()} == {
        "sk_test": "sk_test", "pk_test": "pk_test", "sk_live": "sk_live", "pk_live": "pk_live",
        "skey_test": "skey_test", "pkey_test": "pkey_test", "skey_live": "skey", "pkey_live": "pkey",
    }  # fmt: skip
    with every_site():
        assert ApiKey.objects.filter(site=site).count() == 8


def test_a_site_can_be_made_without_keys(db, at):
    site = sites.create_bare(name="Bare", at=at)

    with every_site():
        assert list(ApiKey.objects.filter(site=site)) == []


@pytest.mark.parametrize(
    ("details", "param"),
    [
        pytest.param({"slug": "taken"}, "slug", id="taken short name"),
        pytest.param({"slug": "Not a slug"}, "slug", id="misspelt short name"),
        pytest.param({"name": "!!!"}, "slug", id="name that makes no short name"),
        pytest.param({"country": "ZZ"}, "country", id="unknown country"),
        pytest.param({"country": "USA"}, "country", id="long country"),
        pytest.param({"default_currency": "xxq"}, "default_currency", id="unknown currency"),
        pytest.param({"timezone": "Mars/Olympus"}, "timezone", id="unknown time zone"),
        pytest.param({"languages": ["en", "tlh"]}, "languages", id="unknown language"),
        pytest.param({"brand_color": "green"}, "brand_color", id="misspelt colour"),
        pytest.param({"email_uniqueness": "maybe"}, "email_uniqueness", id="unknown policy"),
    ],
)
def test_a_site_that_cannot_be_is_not_made(db, at, details, param):
    SiteFactory(slug="taken")

    with pytest.raises(InvalidRequest) as refusal:
        sites.create(**{"name": "New", **details}, at=at)

    assert refusal.value.param == param
    assert [site.slug for site in Site.objects.all()] == ["taken"]
    with every_site():
        assert list(ApiKey.objects.all()) == []


def test_settings_change_together(site):
    before = columns(site)

    changed = sites.update(site, details={"name": "Acme Ltd", "languages": ["th", "en"]})

    assert columns(site) == {**before, "name": "Acme Ltd", "languages": ["th", "en"]}
    assert changed.name == "Acme Ltd"


def test_settings_that_stay_the_same_change_nothing(site):
    before = columns(site)

    sites.update(site, details={"name": site.name})

    assert columns(site) == before


@pytest.mark.parametrize(
    ("details", "param"),
    [
        pytest.param({"slug": "taken"}, "slug", id="taken short name"),
        pytest.param({"country": "ZZ"}, "country", id="unknown country"),
        pytest.param({"name": ""}, "name", id="no name"),
        pytest.param({"website": "javascript:alert(1)"}, "website", id="no web address"),
        pytest.param({"support_email": "nobody"}, "support_email", id="no email address"),
    ],
)
def test_a_refused_setting_changes_no_other(site, details, param):
    SiteFactory(slug="taken")
    before = columns(site)

    with pytest.raises(InvalidRequest) as refusal:
        sites.update(site, details={"support_phone": "+1 555 0100", **details})

    assert refusal.value.param == param
    assert columns(site) == before


def test_unique_emails_can_be_enforced_and_released(scope, at, refused):
    first = CustomerFactory(email="Jenny@example.com")
    sites.update(scope.site, details={"email_uniqueness": "enforce"})

    with refused(param="email", code="resource_already_exists"):
        customers.create(details={"email": "jenny@EXAMPLE.com"}, at=at)
    sites.update(scope.site, details={"email_uniqueness": "off"})
    second = customers.create(details={"email": "jenny@EXAMPLE.com"}, at=at)

    assert set(Customer.objects.all()) == {first, second}


def test_emails_that_are_shared_already_cannot_become_unique(scope):
    CustomerFactory(email="jenny@example.com")
    CustomerFactory(email="Jenny@Example.com")
    before = columns(scope.site)

    with pytest.raises(InvalidRequest) as refusal:
        sites.update(scope.site, details={"name": "New", "email_uniqueness": "enforce"})

    assert refusal.value.param == "email_uniqueness"
    assert "jenny@example.com" in refusal.value.message.lower()
    assert columns(scope.site) == before


def test_emails_are_unique_in_each_mode_and_site_apart(scope, other, at):
    CustomerFactory(email="jenny@example.com")
    with scoped_to(scope.site, livemode=True):
        CustomerFactory(email="jenny@example.com")
    with scoped_to(other[0], livemode=False):
        CustomerFactory(email="jenny@example.com")

    sites.update(scope.site, details={"email_uniqueness": "enforce"})

    assert columns(scope.site)["email_uniqueness"] == "enforce"
    with scoped_to(other[0], livemode=False):
        customers.create(details={"email": "jenny@example.com"}, at=at)
        assert Customer.objects.count() == 2


def test_what_a_process_remembers_of_the_policy_decides_nothing(scope, at, refused):
    CustomerFactory(email="jenny@example.com")
    sites.update(Site.objects.get(pk=scope.site.pk), details={"email_uniqueness": "enforce"})

    with refused(param="email"):
        customers.create(details={"email": "jenny@example.com"}, at=at)

    assert scope.site.email_uniqueness == "off"


def test_an_email_cannot_be_changed_to_one_that_is_taken(scope, at, refused):
    sites.update(scope.site, details={"email_uniqueness": "enforce"})
    customers.create(details={"email": "jenny@example.com"}, at=at)
    second = customers.create(details={"email": "ada@example.com"}, at=at)

    with refused(param="email"):
        customers.update(second, details={"email": "JENNY@example.com"}, at=at)

    assert Customer.objects.get(pk=second.pk).email == "ada@example.com"


def test_a_deleted_customer_frees_its_email(scope, at):
    sites.update(scope.site, details={"email_uniqueness": "enforce"})
    first = customers.create(details={"email": "jenny@example.com"}, at=at)
    customers.delete(first, at=at)

    second = customers.create(details={"email": "jenny@example.com"}, at=at)

    assert list(Customer.objects.living()) == [second]


@pytest.mark.django_db(transaction=True)
def test_who_writes_while_the_policy_changes_is_counted(at):
    site = sites.create_bare(name="Acme", slug="acme", at=at)
    refusals = []

    def enforce():
        try:
            sites.update(site, details={"email_uniqueness": "enforce"})
        except InvalidRequest as error:
            refusals.append(error.param)
        finally:
            connection.close()

    changing = threading.Thread(target=enforce)
    with scoped_to(site, livemode=False), transaction.atomic():
        customers.create(details={"email": "jenny@example.com"}, at=at)
        customers.create(details={"email": "jenny@example.com"}, at=at)
        changing.start()
        changing.join(0.3)
        is_waiting = changing.is_alive()
    changing.join(10)

    assert is_waiting
    assert refusals == ["email_uniqueness"]
    assert columns(site)["email_uniqueness"] == "off"


@pytest.mark.django_db(transaction=True)
def test_who_writes_after_the_policy_changed_obeys_it(at):
    site = sites.create_bare(name="Acme", slug="acme", at=at)
    refusals = []

    def create():
        try:
            with scoped_to(site, livemode=False):
                customers.create(details={"email": "jenny@example.com"}, at=at)
        except InvalidRequest as error:
            refusals.append(error.param)
        finally:
            connection.close()

    creating = threading.Thread(target=create)
    with scoped_to(site, livemode=False):
        customers.create(details={"email": "jenny@example.com"}, at=at)
        with transaction.atomic():
            sites.update(site, details={"email_uniqueness": "enforce"})
            creating.start()
            creating.join(0.3)
            is_waiting = creating.is_alive()
        creating.join(10)

        assert is_waiting
        assert refusals == ["email"]
        assert Customer.objects.count() == 1
