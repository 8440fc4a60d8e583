from datetime import date

from customers.kit import reading
from customers.models import Address, Customer, CustomField, Message
from tests.factories.customers import (
    AddressFactory,
    CustomerFactory,
    CustomFieldFactory,
    MessageFactory,
)


def columns(rows):
    return [
        {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
        for row in rows
    ]


def test_rows_are_as_the_orm_reads_them(scope, django_assert_num_queries):
    customers = [
        CustomerFactory(metadata={"seats": 7.5, "on": str(date(2026, 1, 31))}, tax_ip_address="::1")
        for _number in range(3)
    ]
    AddressFactory(customer=customers[0])
    CustomFieldFactory(constraints={"minimum": 1.25})
    lists = (
        Customer.objects.order_by("-created_at", "-id")[:2],
        Address.objects.none(),
        CustomField.objects.order_by("id"),
        Address.objects.filter(customer=customers[0]),
    )
    expected = [columns(rows) for rows in lists]

    with django_assert_num_queries(1):
        found = reading.at_once(*[rows.all() for rows in lists])

    assert [columns(rows) for rows in found] == expected
    assert [len(rows) for rows in found] == [2, 0, 1, 1]
    assert not found[0][0]._state.adding


def test_columns_that_are_put_off_are_read_when_they_are_asked_for(
    scope, django_assert_num_queries
):
    MessageFactory(text="Dear Ada")

    ((message,),) = reading.at_once(Message.objects.defer("text", "html"))

    assert message.get_deferred_fields() == {"text", "html"}
    with django_assert_num_queries(1):
        assert message.text == "Dear Ada"


def test_nothing_that_can_be_found_costs_nothing(scope, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert reading.at_once(Address.objects.none(), Customer.objects.filter(pk__in=[])) == [
            [],
            [],
        ]
