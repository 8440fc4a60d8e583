"""The columns of the list of customers, on the page and in files, and its filters by custom fields."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import TextField, Value
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin import custom_filters, exports, shown
from customers.admin.exports import Cell, plain
from customers.models import Customer, CustomField

if TYPE_CHECKING:
    from customers.admin.tables import Table

    _Base = Table
else:
    _Base = object

_COUNTRY = Coalesce(
    KeyTextTransform("country", KeyTransform("billing", "default_addresses")),
    Value(""),
    output_field=TextField(),
)
_LANGUAGE = Coalesce("preferred_locales__0", Value(""))
_SAID = {True: gettext_lazy("Agreed"), False: gettext_lazy("Refused"), None: ""}


class CustomerColumns(_Base):
    """What a list of customers shows of each; mixed into their pages."""

    cells: ClassVar[tuple[Cell, ...]] = (
        plain("id"), plain("created_at", of="created", header="created"),
        plain("full_name", of="who", header="name"),
        plain("email", of="who email"), plain("phone", of="phone"),
        plain("organization_name", of="business", header="organization"),
        Cell("country", lambda row: _country(row), frozenset({"country"}), _COUNTRY),  # noqa: PLW0108 -- it stands below
        plain("external_id", of="external_id"),
        Cell("language", lambda row: row.language, frozenset({"language"}), _LANGUAGE),
        exports.amount("balance", of="balance_shown"), plain("currency", of="balance_shown"),
        plain("mail_marketing", of="marketing", header="email_marketing"),
        plain("description", of="description"),
    )  # fmt: skip

    def own_columns(self, request: HttpRequest) -> Mapping[str, Callable[[Any], Any]]:
        return custom_filters.columns(request)

    def file_cells(self, request: HttpRequest) -> list[Cell]:
        return [*self.cells, *(_cell(field) for field in custom_filters.in_use(request))]

    def get_list_filter(self, request: HttpRequest) -> Any:
        return [*self.list_filter, *custom_filters.filters(request)]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup.startswith(custom_filters.PREFIX) or super().lookup_allowed(
            lookup, value, request
        )

    def who(self, row: Customer) -> str:
        """Show name and email, as far as there are any."""
        email = row.email if row.shown_name else ""
        deleted = _("Deleted") if row.is_deleted else ""
        return format_html(
            '{} <span class="badge bad">{}</span><span class="quiet">{}</span>'
            if deleted
            else '{}{}<span class="quiet">{}</span>',
            str(row),
            deleted,
            email,
        )

    who.short_description = gettext_lazy("customer")  # type: ignore[attr-defined]  # as the stock admin wants it

    def business(self, row: Customer) -> str:
        """Show the organization, by the name that stands beside the customer."""
        return row.organization_name

    business.short_description = gettext_lazy("organization")  # type: ignore[attr-defined]  # as above

    def country(self, row: Customer) -> str:
        """Show where the customer is billed."""
        code = _country(row)
        return shown.country(code) if code else ""

    country.short_description = gettext_lazy("country")  # type: ignore[attr-defined]  # as above

    def balance_shown(self, row: Customer) -> str:
        """Show the balance, where there is one."""
        return " ".join(shown.balance(row)) if row.balance else ""

    balance_shown.short_description = gettext_lazy("balance")  # type: ignore[attr-defined]  # as above

    def email(self, row: Customer) -> str:
        """Show the email address by itself."""
        return row.email

    email.short_description = gettext_lazy("email")  # type: ignore[attr-defined]  # as above

    def phone(self, row: Customer) -> str:
        """Show the phone number as it was written."""
        return row.phone

    phone.short_description = gettext_lazy("phone")  # type: ignore[attr-defined]  # as above

    def external_id(self, row: Customer) -> str:
        """Show the merchant's own name for the customer."""
        return row.external_id

    external_id.short_description = gettext_lazy("external ID")  # type: ignore[attr-defined]  # as above

    def language(self, row: Customer) -> str:
        """Show the language that the customer reads first."""
        return shown.language(row.language) if row.language else ""

    language.short_description = gettext_lazy("language")  # type: ignore[attr-defined]  # as above

    def marketing(self, row: Customer) -> str:
        """Show whether the customer wants mail."""
        return str(_SAID[row.mail_marketing])

    marketing.short_description = gettext_lazy("email marketing")  # type: ignore[attr-defined]  # as above

    def identifier(self, row: Customer) -> str:
        """Show the id."""
        return format_html("<code>{}</code>", row.pk)

    identifier.short_description = gettext_lazy("ID")  # type: ignore[attr-defined]  # as above


def _country(row: Customer) -> str:
    """Return where a customer is billed, as it stands beside the customer."""
    address: dict[str, str] = row.default_addresses.get("billing") or {}
    return address.get("country", "")


def _cell(field: CustomField) -> Cell:
    # A number stays one: as JSON it has no quotes, and whatever else such a field might hold has.
    is_number = field.kind == CustomField.Kind.NUMBER
    return Cell(
        field.label,
        lambda row: row.custom_fields.get(field.key),
        frozenset({f"{custom_filters.PREFIX}{field.key}"}),
        KeyTransform(field.key, "custom_fields"),
        None if is_number else KeyTextTransform(field.key, "custom_fields"),
    )
