"""Promotion codes in the dashboard: listed, found, made, switched off and on."""

import pytest

from customers.kit import clock, ids
from payments.billing.models import PromotionCode
from tests.customers.admin.page import facts, fields, rows
from tests.factories.coupons import CouponFactory, PromotionCodeFactory
from tests.factories.customers import CustomerFactory

LIST = "/admin/billing/promotioncode/"


def test_list_says_what_it_leads_to(owner, scope):
    PromotionCodeFactory(code="SPRING", max_redemptions=10)
    PromotionCodeFactory(code="LATE", expires_at=clock.now())
    PromotionCodeFactory(code="OFF", is_active=False, times_redeemed=3)

    assert sorted(cells[:4] for cells in rows(owner.get(LIST))) == [
        ["LATE", "Over", "25 %", "0"],
        ["OFF", "Switched off", "25 %", "3"],
        ["SPRING", "Active", "25 %", "0 of 10"],
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same_for_any_number(owner, scope, count, django_assert_num_queries):
    PromotionCodeFactory.create_batch(count)

    with django_assert_num_queries(4):  # session, operator, sites, codes
        assert owner.get(LIST).status_code == 200


def test_a_code_is_found_by_its_word(owner, scope):
    PromotionCodeFactory(code="SPRING")
    PromotionCodeFactory(code="SPRING-2")

    assert [cells[0] for cells in rows(owner.get(LIST, {"q": " spring "}))] == ["SPRING"]


@pytest.mark.parametrize(("status", "found"), [("active", ["SPRING"]), ("inactive", ["OFF"])])
def test_list_is_narrowed(owner, scope, status, found):
    PromotionCodeFactory(code="SPRING")
    PromotionCodeFactory(code="OFF", is_active=False)

    assert [cells[0] for cells in rows(owner.get(LIST, {"status": status}))] == found


def test_a_code_is_made(owner, scope, told):
    coupon, customer = CouponFactory(), CustomerFactory()
    address = f"{LIST}add/?coupon={ids.shown(coupon.pk)}"
    sent = fields(owner.get(address)) | {
        "code": "Spring", "max_redemptions": "5", "is_first_time_only": "on",
        "customer": customer.pk, "amount": "10", "currency": "usd",
    }  # fmt: skip

    owner.post(address, sent)

    made = PromotionCode.objects.get()
    assert (made.coupon, made.code, made.customer, made.max_redemptions) == (
        coupon, "Spring", customer, 5,
    )  # fmt: skip
    assert (made.is_first_time_only, made.minimum_amount, made.minimum_amount_currency) == (
        True, 1000, "usd",
    )  # fmt: skip
    assert told() == ["promotion_code.created"]


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ({"coupon": "MISSING"}, "coupon"),
        ({"code": "a b"}, "code"),
        ({"code": "taken"}, "code"),
        ({"customer": "cus_missing"}, "customer"),
        ({"amount": "10"}, "currency"),
        ({"currency": "usd"}, "amount"),
    ],
)
def test_what_a_code_cannot_be_is_said_at_its_field(owner, scope, nothing_written, sent, name):
    coupon = PromotionCodeFactory(code="TAKEN").coupon
    address = f"{LIST}add/?coupon={ids.shown(coupon.pk)}"
    whole = fields(owner.get(address)) | sent

    with nothing_written():
        page = owner.post(address, whole)

    assert list(page.context["form"].errors) == [name]


def test_page_says_for_whom_it_is(owner, scope):
    customer = CustomerFactory()
    code = PromotionCodeFactory(
        customer=customer,
        minimum_amount=1000,
        minimum_amount_currency="usd",
        currency_options={"eur": {"minimum_amount": 900}},
    )

    page = owner.get(f"{LIST}{code.pk}/")

    assert facts(page)["From this amount on"] == "$10.00, €9.00"
    assert page.context["customer"]["url"] == f"/admin/customers/customer/{customer.pk}/"
    assert page.context["coupon_url"] == f"/admin/billing/coupon/{code.coupon_id}/"


def test_a_code_is_switched_off_and_on(owner, scope, told):
    code = PromotionCodeFactory()
    address = f"{LIST}{code.pk}/switch/"

    owner.post(address, fields(owner.get(address)))

    assert owner.get(f"{LIST}{code.pk}/").context["badge"] == ("Switched off", "")

    owner.post(address, fields(owner.get(address)))

    assert owner.get(f"{LIST}{code.pk}/").context["badge"] == ("Active", "ok")
    assert told() == ["promotion_code.updated"] * 2


def test_a_code_that_is_over_cannot_be_switched_on(owner, scope, nothing_written):
    code = PromotionCodeFactory(is_active=False, expires_at=clock.now())
    address = f"{LIST}{code.pk}/switch/"
    sent = fields(owner.get(address))

    with nothing_written():
        page = owner.post(address, sent)

    said = "A promotion code can be made active again only while it and its coupon can be used."
    assert list(page.context["form"].non_field_errors()) == [said]


def test_metadata_is_changed(owner, scope):
    code = PromotionCodeFactory()
    address = f"{LIST}{code.pk}/change/"

    owner.post(
        address, fields(owner.get(address)) | {"metadata-name": ["a"], "metadata-value": ["1"]}
    )

    code.refresh_from_db()
    assert code.metadata == {"a": "1"}


def test_reader_only_reads(reader, scope, nothing_written):
    code = PromotionCodeFactory()

    assert reader.get(f"{LIST}{code.pk}/").context["links"] == []
    with nothing_written():
        for path in ("add/", f"{code.pk}/change/", f"{code.pk}/switch/"):
            assert reader.post(f"{LIST}{path}").status_code == 403
