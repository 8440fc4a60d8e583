"""The dashboard's ground: what is chosen, whose rows are seen, and how lists go on."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from customers.admin import choices, shown
from customers.events.models import Event
from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import Customer, Role
from customers.services import operators, sites
from tests.customers.admin import page
from tests.factories.customers import CustomerFactory, MembershipFactory, OperatorFactory
from tests.factories.webhooks import WebhookEndpointFactory
from tests.sign_in import signs_in

HOME, CHOOSE, LIST = "/admin/", "/admin/choose/", "/admin/customers/customer/"
MANY = 60  # more than two pages


def names(answer):
    return [str(row) for row in answer.context["cl"].result_list]


@pytest.fixture
def crowd(scope):
    """Customers numbered by age, the newest first; some came in the same microsecond."""
    first = datetime(2026, 3, 1, tzinfo=UTC)
    return [
        CustomerFactory(
            id=f"cus_{MANY - number:03}",
            name=f"Nr {number}",
            created_at=first - timedelta(minutes=number // 4),
        )
        for number in range(MANY)
    ]


def test_a_list_goes_on_to_the_last_row_and_back(owner, crowd):
    url, pages = LIST, []
    while url is not None:
        answer = owner.get(url)
        pages.append(names(answer))
        older = answer.context["cl"].older_url
        url = LIST + older if older else None
    back = []
    while newer := answer.context["cl"].newer_url:
        answer = owner.get(LIST + newer)
        back.append(names(answer))

    numbered = [f"Nr {number}" for number in range(MANY)]
    assert pages == [numbered[:25], numbered[25:50], numbered[50:]]
    assert back == [numbered[25:50], numbered[:25]]


def test_a_list_never_counts(owner, crowd):
    with CaptureQueriesContext(connection) as queries:
        answer = owner.get(LIST)
        owner.get(LIST + answer.context["cl"].older_url)

    assert len(queries) == 10
    assert [query["sql"] for query in queries if "COUNT(" in query["sql"].upper()] == []


@pytest.mark.parametrize(
    "cursor",
    ["after=x", "after=1", "after=-cus_1", "before=99999999999999999999-cus_1", "after=²-cus_1"],
)
def test_a_cursor_that_is_none_leads_to_the_first_page(owner, scope, cursor):
    answer = owner.get(f"{LIST}?{cursor}")

    assert (answer.status_code, answer.url) == (302, f"{LIST}?e=1")


def test_a_filter_begins_on_its_first_page(owner, crowd):
    answer = owner.get(LIST + owner.get(LIST).context["cl"].older_url)

    choice = list(answer.context["cl"].filter_specs[0].choices(answer.context["cl"]))[1]

    assert choice["query_string"] == "?created=day"


@pytest.mark.parametrize("param", ["email__icontains=a", "site=acct_x", "nonsense=1"])
def test_a_list_takes_no_filter_but_its_own(owner, scope, param):
    assert owner.get(f"{LIST}?{param}").status_code == 400


def test_test_and_live_mode_are_apart(owner, site):
    with scoped_to(site, livemode=False):
        CustomerFactory(name="Tess")
    with scoped_to(site, livemode=True):
        live = CustomerFactory(name="Liv")

    seen_in_test = names(owner.get(LIST))
    foreign = owner.get(f"{LIST}{live.pk}/").status_code
    chosen = owner.post(CHOOSE, {"site": site.pk, "mode": "live", "next": LIST})
    seen_in_live = names(owner.get(LIST))

    assert (seen_in_test, foreign) == (["Tess"], 404)
    assert chosen.url == LIST
    assert seen_in_live == ["Liv"]


def test_a_member_of_two_sites_chooses_one(site, other, operator_with):
    operator = operator_with(Role.READ_ONLY)
    MembershipFactory(operator=operator, site=other[0], role=Role.OWNER)
    client = Client()
    client.force_login(operator)

    first = client.get(HOME).context["choice"]
    client.post(CHOOSE, {"site": other[0].pk, "mode": "test"})
    second = client.get(HOME).context["choice"]

    assert (first.site, first.role) == (site, Role.READ_ONLY)
    assert (second.site, second.role) == (other[0], Role.OWNER)
    assert [its.name for its in second.sites] == ["Acme", "Other"]


def test_a_choice_ends_with_the_membership(site, other, operator_with):
    operator = operator_with(Role.READ_ONLY)
    membership = MembershipFactory(operator=operator, site=other[0], role=Role.ADMIN)
    client = Client()
    client.force_login(operator)
    client.post(CHOOSE, {"site": other[0].pk, "mode": "live"})

    membership.delete()

    choice = client.get(HOME).context["choice"]
    assert (choice.site, choice.livemode, choice.role) == (site, False, Role.READ_ONLY)


def test_a_foreign_site_cannot_be_chosen(owner, site, other):
    answer = owner.post(CHOOSE, {"site": other[0].pk, "mode": "test"})

    assert answer.status_code == 404
    assert owner.get(HOME).context["choice"].site == site


@pytest.mark.parametrize(
    "url", ["https://example.com/", "//example.com", "javascript:alert(1)", ""]
)
def test_choosing_leads_nowhere_else(owner, site, url):
    answer = owner.post(CHOOSE, {"site": site.pk, "mode": "test", "next": url})

    assert answer.url == HOME


def test_a_form_that_was_opened_for_another_mode_is_refused(owner, site, nothing_written):
    sent = page.fields(owner.get(f"{LIST}add/"), name="Ada Whitfield")
    owner.post(CHOOSE, {"site": site.pk, "mode": "live"})

    with nothing_written():
        answer = owner.post(f"{LIST}add/", sent)

    assert answer.url == HOME
    (said,) = owner.get(HOME).context["messages"]
    assert "You are now at Acme, in live mode; nothing was changed." in str(said)


def test_a_superuser_owns_every_site(site, other):
    client = Client()
    client.force_login(OperatorFactory(is_superuser=True))

    choice = client.get(HOME).context["choice"]

    assert (choice.site, choice.role, choice.sites) == (site, Role.OWNER, (site, other[0]))


def test_an_installation_without_sites_says_so(db):
    client = Client()
    client.force_login(OperatorFactory(is_superuser=True))

    home, listed = client.get(HOME), client.get(LIST)

    assert "There is no site yet" in home.content.decode()
    assert listed.status_code == 403


def test_the_home_page_shows_what_is_new(owner, scope):
    CustomerFactory(name="Ada Whitfield", email="ada@example.com")
    gone = CustomerFactory(deleted_at=clock.now())

    answer = owner.get(HOME)

    assert [line["name"] for line in answer.context["newest"]] == ["Ada Whitfield"]
    assert gone.pk not in answer.content.decode()


def test_the_home_page_names_webhooks_that_fail(owner, scope):
    at = clock.now()
    WebhookEndpointFactory()
    WebhookEndpointFactory(url="https://failing.example.com", failing_since=at)
    WebhookEndpointFactory(
        url="https://gone.example.com", status="disabled", disabled_reason="gone"
    )
    WebhookEndpointFactory(status="disabled", disabled_reason="merchant")

    (concern,) = owner.get(HOME).context["concerns"]

    assert (concern.title, concern.all_url) == (
        "Webhooks that fail",
        "/admin/events/webhookendpoint/",
    )
    assert [(row.title, row.words, row.when) for row in concern.shown] == [
        ("https://gone.example.com", "Disabled", None), ("https://failing.example.com", "Failing", at),
    ]  # fmt: skip


@pytest.mark.parametrize("count", [1, 3])
def test_the_home_page_costs_the_same_for_any_number(
    owner, scope, count, django_assert_num_queries
):
    for customer in CustomerFactory.create_batch(count):
        Event.objects.create(
            id=Event.new_id(), site=scope.site, livemode=False, created_at=clock.now(),
            type="customer.created", object_id=customer.pk, customer_id=customer.pk, snapshot={}, door="api",
        )  # fmt: skip
    owner.get(HOME)

    # session, operator, sites; customers, events, their customers; payments; the book of figures, they, what is pending
    # of them; disputes, acts, due work; subscriptions, invoices, cards; webhook endpoints; findings
    with django_assert_num_queries(19):
        owner.get(HOME)


def test_times_are_the_sites(owner, made):
    site = made[0]
    site.timezone = "Asia/Tokyo"
    site.save()
    with scoped_to(site, livemode=False):
        customer = CustomerFactory(created_at=datetime(2026, 3, 1, 20, 30, tzinfo=UTC))

    answer = owner.get(f"{LIST}{customer.pk}/")

    assert "2 Mar 2026, 05:30" in answer.content.decode()


def test_a_role_that_is_empty_has_no_power(site):
    choice = choices.Choice(OperatorFactory.build(), site, livemode=False, role="", sites=())

    assert choice.powers == frozenset()


def test_every_page_is_kept_by_nobody_and_runs_no_script_but_ours(owner):
    answer = owner.get(HOME)

    assert "no-store" in answer["Cache-Control"]
    policy = dict(part.split(" ", 1) for part in answer["Content-Security-Policy"].split("; "))
    assert (policy["default-src"], policy["script-src"], policy["style-src"]) == (
        "'none'",
        "'self'",
        "'self'",
    )


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        pytest.param(-150012, "usd", "-$1,500.12", id="two digits"),
        pytest.param(1500, "jpy", "¥1,500", id="none"),
        pytest.param(1500, "kwd", "KWD\xa01.500", id="three"),
        pytest.param(2**62, "eur", "€46,116,860,184,273,879.04", id="the largest"),
    ],
)
def test_money_is_shown_with_its_currencys_digits(amount, currency, text):
    assert shown.money(amount, currency) == text


def test_a_code_that_is_the_amounts_own_sign_is_not_written_twice():
    dollars = shown.money_with_code(3400, "usd")
    baht = shown.money_with_code(129000, "thb")

    assert dollars == '$34.00 <span class="currency">USD</span>'
    assert baht == "THB\xa01,290.00"


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        pytest.param("Ada Whitfield", "AW", id="two words"),
        pytest.param("Ada Maria de la Cruz", "AC", id="many"),
        pytest.param("김예은", "김", id="one word"),
        pytest.param("+1 555", "·", id="no letter"),
    ],
)
def test_initials(name, letters):
    assert shown.initials(name) == letters


def test_signing_in_and_out(site):
    sites_owner, password = operators.invite(
        email="robin@example.com", site=site, role=Role.OWNER, at=clock.now()
    )
    client = Client()

    wrong = client.post("/admin/login/", {"username": "robin@example.com", "password": "wrong"})
    right = client.post(
        "/admin/login/",
        {
            "username": "Robin@example.com",
            "password": password,
            "next": "/admin/customers/customer/",
        },
    )
    inside = client.get(HOME).context["choice"].operator
    out = client.post("/admin/logout/")

    assert (wrong.status_code, right.url, inside) == (200, LIST, sites_owner)
    assert "Please enter the correct" in wrong.content.decode()
    assert "You are signed out" in out.content.decode()
    assert client.get(HOME).url == "/admin/login/?next=/admin/"


def test_a_password_is_changed(site):
    _operator, password = operators.invite(
        email="robin@example.com", site=site, role=Role.OWNER, at=clock.now()
    )
    client = Client()
    signs_in(client, "robin@example.com", password)
    new = "tall-lantern-harbour"

    short = client.post(
        "/admin/password/", {"old_password": password, "new_password1": "x", "new_password2": "x"}
    )
    changed = client.post(
        "/admin/password/", {"old_password": password, "new_password1": new, "new_password2": new}
    )

    assert "too short" in short.content.decode()
    assert changed.url == "/admin/password/done/"
    assert client.get(changed.url).status_code == 200
    assert signs_in(Client(), "robin@example.com", new)


def test_a_customers_site_is_the_chosen_one(owner, site, other):
    owner.post(f"{LIST}add/", page.fields(owner.get(f"{LIST}add/"), name="Ada Whitfield"))

    with scoped_to(site, livemode=False):
        assert [customer.name for customer in Customer.objects.all()] == ["Ada Whitfield"]
    with scoped_to(other[0], livemode=False):
        assert list(Customer.objects.all()) == []


def test_sites_are_listed_by_name(db):
    for name in ("Zebra", "Acme"):
        sites.create_bare(name=name, at=clock.now())
    client = Client()
    client.force_login(OperatorFactory(is_superuser=True))

    assert [site.name for site in client.get(HOME).context["choice"].sites] == ["Acme", "Zebra"]
