"""Search: a query of Stripe's language, answered from the rows as they stand in this moment."""

from functools import reduce
from operator import or_

from django.db.models import Q

from customers.kit import search_conditions, search_language
from customers.kit.search_conditions import (
    BooleanField,
    Field,
    IdField,
    JSONBooleanField,
    JSONDateField,
    JSONNumberField,
    JSONTextField,
    MetadataField,
    TextField,
    TimeField,
)
from customers.kit.search_conditions import (
    CustomField as CustomFieldCondition,
)
from customers.kit.search_language import Query
from customers.models import Customer, CustomField
from customers.models.customers import CustomerQuerySet

_BY_KIND: dict[str, type[Field]] = {
    CustomField.Kind.TEXT: JSONTextField,
    CustomField.Kind.NUMBER: JSONNumberField,
    CustomField.Kind.DATE: JSONDateField,
    CustomField.Kind.DROPDOWN: JSONTextField,
    CustomField.Kind.CHECKBOX: JSONBooleanField,
}


class PhoneField(TextField):
    """A phone number as it was written, or as it is dialled internationally."""

    def condition(self, clause: search_language.Clause) -> Q:
        """Return the condition for one clause."""
        as_written = super().condition(clause)
        if clause.value is None:
            return as_written
        return as_written | TextField("phone_e164", substring=True).condition(clause)


def matching(query: Query) -> CustomerQuerySet:
    """Return the living customers that match a query, the newest first.

    Raises:
        InvalidRequest: the query asks for what customers do not have.
    """
    condition = search_conditions.condition(query, _FIELDS)
    return Customer.objects.living().filter(condition).newest_first()


def containing(text: str) -> Q:
    """Return the condition for customers of whom something holds a text, in either case (rule C9).

    It is looked for in email address, name, company and phone number, as it was written and as it is dialled.
    """
    columns = ("email", "full_name", "organization_name", "phone", "phone_e164")
    return reduce(or_, (Q((f"{column}__icontains", text)) for column in columns))


def _custom_field(key: str) -> Field | None:
    definition = CustomField.objects.filter(key=key).first()
    return _BY_KIND[definition.kind]("custom_fields") if definition else None  # type: ignore[call-arg]


_FIELDS: dict[str, Field] = {
    "created": TimeField("created_at"),
    "currency": TextField("currency"),
    "custom_fields": CustomFieldCondition(_custom_field),
    "email": TextField("email", substring=True),
    "external_id": IdField("external_id"),
    "mail_marketing": BooleanField("mail_marketing"),
    "metadata": MetadataField("metadata"),
    "name": TextField("full_name", substring=True, words=True),
    "organization": TextField("organization__name", substring=True),
    "phone": PhoneField("phone", substring=True),
    "tele_marketing": BooleanField("tele_marketing"),
    "username": IdField("username"),
}
