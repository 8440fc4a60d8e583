"""The search in the top bar: what is recognised, what is found, and who sees it."""

import pytest
from django.apps import apps
from django.contrib import admin

from customers.admin import top_search
from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import Role, TenantModel
from customers.restkit import omise_ids
from tests.factories.billing import InvoiceFactory, SubscriptionItemFactory
from tests.factories.customers import AddressFactory, CustomerFactory, EventFactory
from tests.factories.payments import ChargeFactory, PaymentMethodFactory, RefundFactory

PAGE, OPTIONS = "/admin/search/", "/admin/search/options/"
OF_NO_PAGE = {
    "alias", "dsearch", "due", "gnt", "gop", "tok", "view", "part", "sgn", "li", "plink",
    "fig", "todo", "book", "mrs", "mrr",  # figures
    "aimp", "impc", "impf", "tomb",  # parts of imports and of erasures
}  # nothing that anybody has the id of, or not for long  # fmt: skip


def lines(answer):
    return [(line.title, line.note, line.url) for line in answer.context["lines"]]


def customer_url(customer):
    return f"/admin/customers/customer/{customer.pk}/"


@pytest.mark.parametrize("address", [PAGE, OPTIONS])
def test_a_customer_is_found_while_the_name_is_typed(owner, scope, address):
    customer = CustomerFactory(
        name="Ada Whitfield", email="ada@example.com", organization_name="Northwind"
    )

    assert lines(owner.get(address, {"q": "whit"})) == [
        ("Ada Whitfield", "ada@example.com · Northwind", customer_url(customer))
    ]


@pytest.mark.parametrize("text", ["4242", "•••• 4242", "**** **** **** 4242"])
def test_a_customer_is_found_by_the_last_four_digits(owner, scope, text):
    customer = CustomerFactory(name="Ada", email="")
    PaymentMethodFactory(attached=True, customer=customer, last4="4242")
    PaymentMethodFactory(last4="4242")

    found = lines(owner.get(OPTIONS, {"q": text}))

    assert [(title, url) for title, _note, url in found] == [("Ada", customer_url(customer))]


@pytest.mark.parametrize("text", ["ACME-0042", "acme-00"])
def test_an_invoice_is_found_by_its_number(owner, scope, text):
    invoice = InvoiceFactory(number="ACME-0042", status="open", finalized_at=clock.now())

    assert lines(owner.get(OPTIONS, {"q": text})) == [
        ("ACME-0042", str(invoice.customer), f"/admin/billing/invoice/{invoice.pk}/")
    ]


def test_an_id_in_either_dialect_leads_to_the_object_alone(owner, scope):
    charge = ChargeFactory(customer=CustomerFactory(name="Ada", external_id="twin"))
    expected = [f"/admin/payments/charge/{charge.pk}/"]

    ours = lines(owner.get(OPTIONS, {"q": f" {charge.pk} "}))
    theirs = lines(owner.get(OPTIONS, {"q": omise_ids.spelled(charge.pk, livemode=False)}))

    assert [url for _title, _note, url in ours] == expected
    assert [url for _title, _note, url in theirs] == expected


def test_a_deleted_customer_is_found_by_its_id(owner, scope):
    customer = CustomerFactory(name="Ada", email="", deleted_at=clock.now())

    assert lines(owner.get(OPTIONS, {"q": customer.pk})) == [
        ("Ada", f"{customer.pk} · Deleted", customer_url(customer))
    ]


@pytest.mark.parametrize(
    ("make", "name"),
    [
        pytest.param(AddressFactory, "customer", id="address"),
        pytest.param(RefundFactory, "charge", id="refund"),
        pytest.param(SubscriptionItemFactory, "subscription", id="item of a subscription"),
        pytest.param(EventFactory, "pk", id="event, which has a page"),
    ],
)
def test_a_part_leads_to_what_has_a_page(owner, scope, make, name):
    part = make()
    row = part if name == "pk" else getattr(part, name)

    (line,) = owner.get(OPTIONS, {"q": part.pk}).context["lines"]

    assert line.url == admin.site.get_model_admin(type(row)).page_url(row)
    assert part.pk in line.note


def test_every_object_with_an_id_leads_somewhere():
    pages = set(admin.site._registry)
    lost = set()
    for model in apps.get_models():
        if issubclass(model, TenantModel) and model not in pages:
            names = {field.name for field in model._meta.concrete_fields}
            if not names & {*top_search._OWNERS, "source_id"}:
                lost.add(model.PREFIX)

    assert lost <= OF_NO_PAGE


@pytest.mark.parametrize(
    "text", ["", "x", "nobody@example.com", "cus_nothere", "cust_test_nothere", "_", "_x", "4242", "x" * 999]
)  # fmt: skip
def test_what_is_nothing_finds_nothing(owner, scope, text):
    CustomerFactory(name="Ada")

    answers = [owner.get(address, {"q": text}) for address in (PAGE, OPTIONS)]

    assert [(answer.status_code, lines(answer)) for answer in answers] == [(200, []), (200, [])]


def test_another_site_s_objects_are_not_found(owner, theirs_customer):
    for text in (theirs_customer.pk, theirs_customer.email, "Foreign"):
        assert lines(owner.get(OPTIONS, {"q": text})) == []


@pytest.fixture
def theirs_customer(other, site):
    with scoped_to(other[0], livemode=False):
        return CustomerFactory(name="Foreign", email="foreign@example.com")


@pytest.mark.parametrize("count", [1, 3])
def test_typing_costs_the_same_for_any_number(owner, scope, count, django_assert_num_queries):
    for number in range(count):
        CustomerFactory(name=f"Ada {number}")
        PaymentMethodFactory(attached=True, last4="4242")
    owner.get(OPTIONS, {"q": "ada"})

    with django_assert_num_queries(6):  # session, operator, sites; two of customers, long names
        owner.get(OPTIONS, {"q": "ada"})


def test_who_may_only_look_searches_too(signed_in, scope):
    CustomerFactory(name="Ada")

    assert len(lines(signed_in(Role.READ_ONLY).get(PAGE, {"q": "ada"}))) == 1


def test_the_page_leads_to_the_whole_list(owner, scope):
    answer = owner.get(PAGE, {"q": "a & b"})

    assert '/admin/customers/customer/?q=a+%26+b"' in answer.content.decode()
