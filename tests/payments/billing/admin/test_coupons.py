"""Coupons in the dashboard: listed, made, changed, deleted."""

from decimal import Decimal

import pytest

from customers.kit import clock, ids
from payments.billing.models import Coupon
from tests.customers.admin.page import facts, fields, rows
from tests.factories.coupons import CouponFactory, PromotionCodeFactory, SubscribedProductFactory

LIST = "/admin/billing/coupon/"


def test_list_says_what_is_off_and_for_how_long(owner, scope):
    CouponFactory(name="Spring", max_redemptions=10, times_redeemed=2)
    CouponFactory(name="Five", of_amount=True, forever=True)
    CouponFactory(name="Late", repeating=True, redeem_by=clock.now())
    CouponFactory(name="Gone", percent_off=Decimal("12.50"), deleted_at=clock.now())

    assert sorted(cells[:5] for cells in rows(owner.get(LIST))) == [
        ["$5.00", "Valid", "Five", "For ever", "0"],
        ["12.5 %", "Deleted", "Gone", "Once", "0"],
        ["25 %", "Over", "Late", "3 months", "0"],
        ["25 %", "Valid", "Spring", "Once", "2 of 10"],
    ]


@pytest.mark.parametrize(
    ("status", "found"), [("valid", ["Spring"]), ("over", ["Late"]), ("deleted", ["Gone"])]
)
def test_list_is_narrowed(owner, scope, status, found):
    CouponFactory(name="Spring")
    CouponFactory(name="Late", redeem_by=clock.now())
    CouponFactory(name="Gone", deleted_at=clock.now())

    assert [cells[2] for cells in rows(owner.get(LIST, {"status": status}))] == found


@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same_for_any_number(owner, scope, count, django_assert_num_queries):
    CouponFactory.create_batch(count)

    with django_assert_num_queries(4):  # session, operator, sites, coupons
        assert owner.get(LIST).status_code == 200


def test_a_percentage_is_made(owner, scope, told):
    address = f"{LIST}add/?kind=percent"
    product = SubscribedProductFactory()
    sent = fields(owner.get(address)) | {
        "percent_off": "12.5", "duration": "repeating", "duration_months": "6", "name": "Spring",
        "id": "SPRING", "max_redemptions": "100", "products": product.pk,
    }  # fmt: skip

    answer = owner.post(address, sent)

    made = Coupon.objects.get()
    assert answer.url == f"{LIST}{made.pk.replace('@', '@')}/"
    assert (ids.shown(made.pk), made.percent_off, made.duration_months) == (
        "SPRING", Decimal("12.50"), 6,
    )  # fmt: skip
    assert (made.product_ids, made.max_redemptions) == ([product.pk], 100)
    assert told() == ["coupon.created"]


def test_an_amount_is_made(owner, scope):
    address = f"{LIST}add/?kind=amount"
    sent = fields(owner.get(address)) | {"amount": "7.50", "currency": "eur", "duration": "once"}

    owner.post(address, sent)

    made = Coupon.objects.get()
    assert (made.amount_off, made.currency, len(ids.shown(made.pk))) == (750, "eur", 8)


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ({"percent_off": "101"}, "percent_off"),
        ({"percent_off": "10", "duration": "repeating"}, "duration_months"),
        ({"percent_off": "10", "id": "TAKEN"}, "id"),
        ({"percent_off": "10", "id": "a b"}, "id"),
        ({"percent_off": "10", "products": "prod_missing"}, "products"),
        ({"percent_off": "10", "redeem_by": "2020-01-01T10:00"}, "redeem_by"),
    ],
)
def test_what_a_coupon_cannot_be_is_said_at_its_field(owner, scope, nothing_written, sent, name):
    address = f"{LIST}add/?kind=percent"
    owner.post(address, fields(owner.get(address)) | {"percent_off": "10", "id": "TAKEN"})
    whole = fields(owner.get(address)) | sent

    with nothing_written():
        page = owner.post(address, whole)

    assert list(page.context["form"].errors) == [name]


def test_page_says_everything_and_leads_to_the_codes(owner, scope):
    coupon = CouponFactory(
        of_amount=True,
        max_redemptions=5,
        product_ids=["prod_1"],
        currency_options={"eur": {"amount_off": 450}},
    )
    code = PromotionCodeFactory(coupon=coupon, code="SPRING", is_active=False)

    page = owner.get(f"{LIST}{coupon.pk}/")

    said = facts(page)
    assert (said["Off"], said["In other currencies"], said["Redeemed"]) == (
        "$5.00",
        "€4.50",
        "0 of 5",
    )
    assert (said["Only for these products"], said["ID"]) == ("prod_1", ids.shown(coupon.pk))
    assert page.context["codes"] == [
        {
            "code": "SPRING",
            "is_active": False,
            "redeemed": "0",
            "url": f"/admin/billing/promotioncode/{code.pk}/",
        }
    ]
    assert page.context["add_code_url"] == (
        f"/admin/billing/promotioncode/add/?coupon={ids.shown(coupon.pk)}"
    )


def test_name_and_metadata_are_changed(owner, scope, told):
    coupon = CouponFactory(metadata={"a": "1"})
    address = f"{LIST}{coupon.pk}/change/"

    owner.post(address, fields(owner.get(address)) | {"name": "Spring"})

    coupon.refresh_from_db()
    assert (coupon.name, coupon.metadata) == ("Spring", {"a": "1"})
    assert told() == ["coupon.updated"]


def test_coupon_is_deleted(owner, scope, told):
    coupon = CouponFactory()
    address = f"{LIST}{coupon.pk}/delete/"

    owner.post(address, fields(owner.get(address)))

    page = owner.get(f"{LIST}{coupon.pk}/")
    assert (page.context["badge"], page.context["links"]) == (("Deleted", ""), [])
    assert page.context["add_code_url"] == ""
    assert told() == ["coupon.deleted"]


def test_reader_only_reads(reader, scope, nothing_written):
    coupon = CouponFactory()

    page = reader.get(f"{LIST}{coupon.pk}/")

    assert (page.context["links"], page.context["add_code_url"]) == ([], "")
    with nothing_written():
        for path in ("add/?kind=percent", f"{coupon.pk}/change/", f"{coupon.pk}/delete/"):
            assert reader.post(f"{LIST}{path}").status_code == 403
