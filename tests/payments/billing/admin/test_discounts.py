"""Discounts on a customer's page: shown, given, replaced, taken away."""

import pytest

from customers.kit import ids
from customers.services import customers
from payments.billing.services import discounts
from tests.customers.admin.page import fields
from tests.factories.coupons import CouponFactory, PromotionCodeFactory

DISCOUNTS = "/admin/billing/discount/"


def page_of(client, customer):
    return client.get(f"/admin/customers/customer/{customer.pk}/")


def section_of(client, customer):
    sections = page_of(client, customer).context["sections"]
    return next(each.context for each in sections if "discount" in each.template)


@pytest.fixture
def give(customer, at):
    return lambda coupon: discounts.of_customer(
        customers.update(customer, details={"coupon": ids.shown(coupon.pk)}, at=at)
    )


def test_a_customer_without_a_discount(owner, customer):
    assert section_of(owner, customer) == {
        "discount": None,
        "give_url": f"{DISCOUNTS}give/?customer={customer.pk}",
    }


def test_a_customers_discount_is_shown(owner, customer, give):
    discount = give(CouponFactory(repeating=True, name="Spring"))

    assert section_of(owner, customer)["discount"] == {
        "off": "25\N{NO-BREAK SPACE}%",
        "coupon": "Spring",
        "coupon_url": f"/admin/billing/coupon/{discount.coupon_id}/",
        "code": "",
        "duration": "3 months",
        "end_at": discount.end_at,
        "remove_url": f"{DISCOUNTS}{discount.pk}/remove/",
    }
    assert "Spring" in page_of(owner, customer).content.decode()


@pytest.mark.parametrize("how", ["coupon", "promotion_code"])
def test_a_discount_is_given(owner, customer, how):
    code = PromotionCodeFactory(code="SPRING")
    address = f"{DISCOUNTS}give/?customer={customer.pk}"
    word = "spring" if how == "promotion_code" else ids.shown(code.coupon_id)

    answer = owner.post(address, fields(owner.get(address)) | {"word": word})

    given = discounts.of_customer(customer)
    assert answer.url == f"/admin/customers/customer/{customer.pk}/"
    assert (given.coupon, given.promotion_code) == (
        code.coupon, code if how == "promotion_code" else None,
    )  # fmt: skip


def test_a_discount_takes_anothers_place(owner, customer, give):
    old, coupon = give(CouponFactory()), CouponFactory()
    address = f"{DISCOUNTS}give/?customer={customer.pk}"

    owner.post(address, fields(owner.get(address)) | {"word": ids.shown(coupon.pk)})

    given = discounts.of_customer(customer)
    assert (given.coupon, given == old) == (coupon, False)


@pytest.mark.parametrize("word", ["MISSING", "OVER", ""])
def test_what_cannot_be_given_is_said(owner, customer, nothing_written, word):
    CouponFactory(id=ids.chosen("OVER", site_id=customer.site_id, livemode=False),
                  max_redemptions=1, times_redeemed=1)  # fmt: skip
    address = f"{DISCOUNTS}give/?customer={customer.pk}"
    sent = fields(owner.get(address)) | {"word": word}

    with nothing_written():
        page = owner.post(address, sent)

    assert list(page.context["form"].errors) == ["word"]


def test_a_discount_is_taken_away(owner, customer, give):
    discount = give(CouponFactory())
    address = f"{DISCOUNTS}{discount.pk}/remove/"

    answer = owner.post(address, fields(owner.get(address)))

    assert answer.url == f"/admin/customers/customer/{customer.pk}/"
    assert section_of(owner, customer)["discount"] is None


def test_its_addresses_lead_to_the_customer(owner, customer, give):
    discount = give(CouponFactory())

    assert owner.get(DISCOUNTS).url == "/admin/customers/customer/"
    assert (
        owner.get(f"{DISCOUNTS}{discount.pk}/").url == f"/admin/customers/customer/{customer.pk}/"
    )


def test_reader_only_reads(reader, customer, give, nothing_written):
    discount = give(CouponFactory())

    section = section_of(reader, customer)

    assert (section["give_url"], section["discount"]["remove_url"]) == ("", "")
    with nothing_written():
        for path in (f"give/?customer={customer.pk}", f"{discount.pk}/remove/"):
            assert reader.post(f"{DISCOUNTS}{path}").status_code == 403
