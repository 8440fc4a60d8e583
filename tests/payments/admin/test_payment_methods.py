"""Payment methods on their customer's page: read, made the default, removed, added by a link."""

from datetime import UTC, datetime

import pytest

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import Customer, Message, Role
from payments.models import PaymentMethod
from payments.services import attachments, charges, gateway_accounts, hosted_links
from tests.customers.admin.page import errors, fields, links
from tests.factories.customers import CustomerFactory
from tests.factories.payments import ChargeFactory, GatewayAccountFactory, PaymentMethodFactory

METHODS = "/admin/payments/paymentmethod/"


def customers_page(customer):
    return f"/admin/customers/customer/{customer.pk}/"


def section(answer):
    sections = answer.context["sections"]
    return next(each for each in sections if each.template == "admin/payments/customer.html")


def saved(customer, **columns):
    return PaymentMethodFactory(customer=customer, attached_at=customer.created_at, **columns)


def default_of(customer):
    return Customer.objects.get(pk=customer.pk).default_payment_method_id


@pytest.fixture
def today(monkeypatch):
    at = datetime(2026, 11, 21, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: at)
    return at


@pytest.mark.parametrize(
    ("month", "year", "expected"),
    [
        (10, 2026, ("Expired 10/26", "bad")),
        (11, 2026, ("Expires soon, 11/26", "warn")),
        (1, 2027, ("Expires soon, 01/27", "warn")),
        (2, 2027, ("Expires 02/27", "")),
    ],
)
def test_expiry_is_said_before_it_matters(owner, scope, today, month, year, expected):
    customer = CustomerFactory()
    saved(customer, exp_month=month, exp_year=year)

    (shown,) = section(owner.get(customers_page(customer))).context["methods"]

    assert (shown["expiry"], shown["expiry_style"]) == expected


def test_default_stands_first(owner, scope):
    customer = CustomerFactory()
    old, _new = saved(customer), saved(customer, brand="amex", last4="0005")
    attachments.set_default(customer, old, at=clock.now())

    shown = section(owner.get(customers_page(customer))).context["methods"]

    assert [(method["name"], method["is_default"]) for method in shown] == [
        ("Visa •••• 4242", True),
        ("American Express •••• 0005", False),
    ]


def test_spent_is_what_was_paid_less_what_went_back(owner, scope):
    customer = CustomerFactory()
    at = clock.now().replace(year=2026, month=3, day=1)
    for columns in ({"amount_refunded": 500}, {}, {"currency": "jpy", "created_at": at}):
        charge = ChargeFactory(customer=None, **columns)
        charges.update(charge, details={"customer": customer}, at=clock.now())
    ChargeFactory(customer=customer, status="failed", amount_captured=0)

    shown = section(owner.get(customers_page(customer)))

    assert shown.figures[0] == ("Spent", "$35.00", "¥2,000 · $5.00 was refunded")
    assert shown.figures[1][:2] == ("Last payment", "$20.00")
    assert shown.figures[1][2].endswith(" · 3 payments")
    assert len(shown.context["payments"]) == 4


@pytest.mark.parametrize("count", [1, 3])
def test_section_costs_the_same_for_any_number(owner, scope, count, django_assert_num_queries):
    customer = CustomerFactory()
    for _number in range(count):
        saved(customer)
        ChargeFactory(customer=customer)
    gateway_accounts.active()

    with django_assert_num_queries(11):
        assert owner.get(customers_page(customer)).status_code == 200


@pytest.mark.parametrize("role", Role.values)
def test_what_is_offered_follows_the_role(signed_in, scope, role):
    customer = CustomerFactory()
    method = saved(customer)

    found = links(signed_in(role).get(customers_page(customer)))

    offered = [
        f"{METHODS}{method.pk}/default/",
        f"{METHODS}{method.pk}/detach/",
        f"{METHODS}link/?customer={customer.pk}",
        f"/admin/payments/charge/new/?customer={customer.pk}",
    ]
    count = {Role.READ_ONLY: 0, Role.SUPPORT: 3}.get(role, 4)  # support charges nobody
    assert [link for link in offered if link in found] == offered[:count]


def test_another_method_becomes_the_default(owner, scope):
    customer = CustomerFactory()
    first, second = saved(customer), saved(customer)
    attachments.set_default(customer, first, at=clock.now())
    address = f"{METHODS}{second.pk}/default/"

    answer = owner.post(address, fields(owner.get(address)))

    assert answer.url == customers_page(customer)
    assert default_of(customer) == second.pk


def test_method_is_removed_after_a_warning(owner, scope):
    customer = CustomerFactory()
    first, second = saved(customer), saved(customer)
    attachments.set_default(customer, second, at=clock.now())
    address = f"{METHODS}{second.pk}/detach/"

    asked = owner.get(address)
    answer = owner.post(address, fields(asked))

    assert asked.context["act"].text.endswith(
        "It is the default; the newest other one takes its place."
    )
    assert answer.url == customers_page(customer)
    assert list(PaymentMethod.objects.of_customer(customer)) == [first]
    assert default_of(customer) == first.pk


@pytest.mark.parametrize("act", ["default", "detach"])
def test_who_may_only_read_changes_no_method(reader, scope, nothing_written, act):
    method = PaymentMethodFactory(attached=True)
    address = f"{METHODS}{method.pk}/{act}/"

    with nothing_written():
        codes = [reader.get(address).status_code, reader.post(address).status_code]

    assert codes == [403, 403]


@pytest.mark.parametrize("act", ["default", "detach"])
def test_method_that_is_nobodys_is_not_found(owner, scope, nothing_written, act):
    method = PaymentMethodFactory()

    with nothing_written():
        answer = owner.post(f"{METHODS}{method.pk}/{act}/")

    assert answer.status_code == 404


def test_methods_have_no_page_of_their_own(owner, scope):
    method, nobodys = PaymentMethodFactory(attached=True), PaymentMethodFactory()

    found = [owner.get(address).url for address in (
        METHODS, f"{METHODS}{method.pk}/", f"{METHODS}{nobodys.pk}/",
    )]  # fmt: skip

    assert found == [
        "/admin/customers/customer/", customers_page(method.customer), "/admin/customers/customer/",
    ]  # fmt: skip


def test_link_is_shown_once(owner, scope):
    address = f"{METHODS}link/?customer={CustomerFactory().pk}"

    owner.post(address, fields(owner.get(address)))
    first, second = owner.get(address), owner.get(address)

    assert "/add-method/" in first.context["address"]
    assert "address" not in second.context


def test_link_takes_what_was_chosen(owner, scope):
    address = f"{METHODS}link/?customer={CustomerFactory().pk}"

    none = owner.post(address, {**fields(owner.get(address)), "kinds": []})
    owner.post(address, {**fields(owner.get(address)), "kinds": ["card", "sepa_debit"]})

    made = owner.get(address).context["address"].rpartition("/")[2]
    assert errors(none) == {"kinds": ["Choose at least one."]}
    assert hosted_links.opened(made, at=clock.now()).kinds == ("card", "sepa_debit")


def test_account_that_is_not_verified_yet_is_shown(owner, scope):
    customer = CustomerFactory()
    link = hosted_links.opened(
        hosted_links.make(customer, at=clock.now()).rpartition("/")[2], at=clock.now()
    )
    hosted_links.save(
        link,
        kind="us_bank_account",
        details={"account_number": "000123456789", "routing_number": "110000000"},
        billing_details={"name": "Jenny Rosen"},
        acceptance={"type": "offline"},
        at=clock.now(),
    )

    before = section(owner.get(customers_page(customer))).context
    hosted_links.verify(link, amounts=[32, 45], at=clock.now())
    after = section(owner.get(customers_page(customer))).context

    assert (before["methods"], before["waiting"]) == (
        [],
        [
            {
                "name": "Test Bank •••• 6789",
                "holder": "Jenny Rosen",
                "verification": "Waiting for microdeposits",
                "style": "warn",
            }
        ],
    )
    assert [method["name"] for method in after["methods"]] == ["Test Bank •••• 6789"]
    assert after["waiting"] == []


def test_gateway_without_a_publishable_key_has_no_page(owner, scope, nothing_written):
    GatewayAccountFactory(kind="stripe", is_active=True)
    customer = CustomerFactory()
    address = f"{METHODS}link/?customer={customer.pk}"

    with nothing_written():
        answer = owner.post(address, fields(owner.get(address)))

    assert errors(answer) == {"": [str(hosted_links.page_missing())]}
    assert section(owner.get(customers_page(customer))).context["link_url"] == ""


def test_another_sites_customer_gets_no_link(owner, scope, other, nothing_written):
    with scoped_to(other[0], livemode=False):
        theirs = CustomerFactory()

    with nothing_written():
        answer = owner.post(f"{METHODS}link/?customer={theirs.pk}")

    assert answer.status_code == 404


# -- Asking for another card -------------------------------------------------------------------------------------------


def asking(customer):
    return f"{METHODS}ask/?customer={customer.pk}"


def test_a_customer_is_asked_for_another_card_once(owner, scope):
    customer = CustomerFactory(email="ada@example.com")
    sent = fields(owner.get(asking(customer)))

    answers = [owner.post(asking(customer), sent) for _time in range(2)]

    (message,) = Message.objects.all()
    assert [answer.url for answer in answers] == [customers_page(customer)] * 2
    assert (message.kind, message.to, message.customer_id) == (
        "card_update", "ada@example.com", customer.pk,
    )  # fmt: skip
    assert (message.door, message.actor) == ("dashboard", "owner@example.com")


def test_who_has_no_address_is_not_asked(owner, scope, nothing_written):
    customer = CustomerFactory(email="")

    with nothing_written():
        answer = owner.post(asking(customer), fields(owner.get(asking(customer))))

    assert errors(answer) == {"": ["This customer has no email address."]}


def test_nobody_without_the_role_asks(reader, scope, nothing_written):
    customer = CustomerFactory()

    with nothing_written():
        code = reader.post(asking(customer)).status_code

    assert code == 403
