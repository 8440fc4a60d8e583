"""Customers: the people and businesses whom a site bills."""

from typing import TYPE_CHECKING, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import Case, F, FilteredRelation, Func, Q, Value, When
from django.db.models.functions import Concat, Trim, Upper
from django.utils.translation import gettext_lazy as _

from customers.kit.tenancy import TenantManager
from customers.models.base import TenantModel

if TYPE_CHECKING:
    from customers.models.addresses import Address

LIVING = Q(deleted_at__isnull=True)
SHOWN_OF_ADDRESS = ("city", "country", "line1", "line2", "name", "phone", "postal_code", "state")

OF_TWO_WORDS, OF_THREE_WORDS = Q(full_name__contains=" "), Q(full_name__regex=r"\S \S+ \S")
LAST_NAME_FIRST = Upper(
    Concat(
        Func(
            F("full_name"),
            Value(r"\S+$"),
            function="SUBSTRING",
            output_field=models.TextField(),
        ),
        Value(" "),
        F("full_name"),
        output_field=models.TextField(),
    )
)
"""The last word of the name before all of it, spelled as its index is: finds the last name, and the last and first."""
NAME_WORDS = SearchVector("full_name", config="simple")
"""The words of the name; only names of three and more words need an index of them."""


class CustomerQuerySet(models.QuerySet["Customer"]):
    def living(self) -> Self:
        """Leave out the deleted ones."""
        return self.filter(LIVING)

    def with_defaults(self) -> Self:
        """Load each with its default addresses, as `billing` and `shipping`, and its organization."""
        return self.annotate(
            billing=FilteredRelation(
                "addresses", condition=Q(addresses__kind="billing", addresses__is_default=True)
            ),
            shipping=FilteredRelation(
                "addresses", condition=Q(addresses__kind="shipping", addresses__is_default=True)
            ),
        ).select_related("billing", "shipping", "organization")

    def newest_first(self) -> Self:
        """Order by creation, the newest first; ties by id, so that the order is total."""
        return self.order_by("-created_at", "-id")


CustomerManager = TenantManager.from_queryset(CustomerQuerySet)


class Customer(TenantModel):
    """A customer with everything Stripe, Omise, RevKeen and Pelcro keep about one.

    An empty text is "not set". `balance` is in minor units of `currency`: negative is credit, positive is owed.
    A deleted customer stays as a tombstone (`deleted_at`): unchangeable, unlisted, and there for its history.

    Source: https://docs.stripe.com/api/customers/object
    """

    PREFIX: ClassVar[str] = "cus"

    class TaxExempt(models.TextChoices):
        NONE = "none", _("Taxed")
        EXEMPT = "exempt", _("Exempt")
        REVERSE = "reverse", _("Reverse charge")

    class Reconciliation(models.TextChoices):
        MERCHANT_DEFAULT = "merchant_default", _("As the site does")
        AUTOMATIC = "automatic", _("Automatic")
        MANUAL = "manual", _("By hand")

    email = models.CharField(_("email"), max_length=512, blank=True, default="")
    unique_email = models.CharField(max_length=512, null=True, default=None, editable=False)  # noqa: DJ001 -- kept by the database (0003_claimed_emails): null where the site does not enforce
    name = models.CharField(_("name"), max_length=5000, blank=True, default="")
    individual_name = models.CharField(_("individual name"), max_length=150, blank=True, default="")
    first_name = models.CharField(_("first name"), max_length=255, blank=True, default="")
    last_name = models.CharField(_("last name"), max_length=255, blank=True, default="")
    full_name = models.GeneratedField(
        expression=Case(
            When(~Q(name=""), then=F("name")),
            default=Trim(Concat(F("first_name"), Value(" "), F("last_name"))),
        ),
        output_field=models.CharField(_("name"), max_length=5000),
        db_persist=True,
    )
    display_name = models.CharField(_("display name"), max_length=100, blank=True, default="")
    username = models.CharField(_("username"), max_length=100, blank=True, default="")
    external_id = models.CharField(_("external id"), max_length=255, blank=True, default="")
    description = models.CharField(_("description"), max_length=5000, blank=True, default="")
    phone = models.CharField(_("phone"), max_length=64, blank=True, default="")
    phone_e164 = models.CharField(max_length=20, blank=True, default="", editable=False)
    organization = models.ForeignKey(
        "customers.Organization",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="customers",
        db_constraint=False,
        verbose_name=_("organization"),
    )
    organization_name = models.CharField(max_length=150, blank=True, default="", editable=False)
    """The organization's name, kept beside it so that reading a customer joins no table for it."""
    preferred_locales = ArrayField(
        models.CharField(max_length=35),
        verbose_name=_("preferred locales"),
        default=list,
        blank=True,
    )
    timezone = models.CharField(_("time zone"), max_length=64, blank=True, default="")
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    custom_fields = models.JSONField(_("custom fields"), default=dict, blank=True)
    mail_marketing = models.BooleanField(_("email marketing"), null=True, default=None)
    tele_marketing = models.BooleanField(_("phone marketing"), null=True, default=None)

    currency = models.CharField(
        _("billing currency"), max_length=3, blank=True, default="", editable=False
    )
    preferred_currency = models.CharField(
        _("preferred currency"), max_length=3, blank=True, default=""
    )
    balance = models.BigIntegerField(_("balance"), default=0, editable=False)
    cash_balance_mode = models.CharField(
        _("cash balance reconciliation"),
        max_length=16,
        choices=Reconciliation.choices,
        default=Reconciliation.MERCHANT_DEFAULT,
    )
    is_delinquent = models.BooleanField(_("delinquent"), default=False, editable=False)
    tax_exempt = models.CharField(
        _("tax"), max_length=8, choices=TaxExempt.choices, default=TaxExempt.NONE
    )
    tax_ip_address = models.GenericIPAddressField(_("IP address for tax"), null=True, blank=True)
    invoice_prefix = models.CharField(_("invoice prefix"), max_length=12)
    next_invoice_sequence = models.BigIntegerField(_("next invoice number"), default=1)
    invoice_settings = models.JSONField(_("invoice settings"), default=dict, blank=True)
    default_addresses = models.JSONField(default=dict, editable=False)
    """The default addresses by type, kept by the database (0006), so that reading a customer joins no table."""
    default_payment_method_id = models.CharField(  # noqa: DJ001 -- null is no method; the reference is payments' (0002)
        _("default payment method"), max_length=64, null=True, default=None, editable=False
    )
    test_clock = models.ForeignKey(
        "customers.TestClock",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="customers",
        db_constraint=False,
        db_index=False,
        editable=False,
        verbose_name=_("test clock"),
    )
    discount_shown = models.JSONField(null=True, default=None, editable=False)
    """The discount that holds for the customer, as billing spells it for `/v1/`, so that reading joins no table."""
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True, editable=False)
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
        editable=False,
        verbose_name=_("merged into"),
    )

    billing: "Address | None" = (
        None  # the default addresses, where `with_defaults` or a service has put them
    )
    shipping: "Address | None" = None

    objects: ClassVar[CustomerManager["Customer"]] = CustomerManager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            models.UniqueConstraint(fields=["id", "site", "livemode"], name="customer_tenant"),
            models.UniqueConstraint(
                fields=["site", "livemode", "username"],
                condition=~Q(username="") & LIVING,
                name="customer_username_once",
            ),
            models.UniqueConstraint(
                fields=["site", "livemode", "external_id"],
                condition=~Q(external_id="") & LIVING,
                name="customer_external_id_once",
            ),
            models.UniqueConstraint(
                fields=["site", "livemode", "unique_email"], name="customer_email_once"
            ),
            models.UniqueConstraint(
                fields=["site", "livemode", "invoice_prefix"], name="customer_invoice_prefix_once"
            ),
            models.CheckConstraint(
                condition=Q(next_invoice_sequence__gte=1), name="customer_next_invoice_sequence"
            ),
            models.CheckConstraint(
                condition=Q(invoice_prefix__regex=r"^[A-Z0-9]{1,12}$"),
                name="customer_invoice_prefix_spelling",
            ),
            models.CheckConstraint(
                condition=Q(tax_exempt__in=["none", "exempt", "reverse"]),
                name="customer_tax_exempt_known",
            ),
            models.CheckConstraint(
                condition=Q(balance=0) | ~Q(currency=""), name="customer_balance_has_currency"
            ),
            models.CheckConstraint(
                condition=LIVING | Q(unique_email__isnull=True), name="customer_deleted_frees_email"
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | Q(deleted_at__isnull=False),
                name="customer_merged_is_deleted",
            ),
        ]
        indexes = [
            models.Index(
                "site",
                "livemode",
                F("created_at").desc(),
                F("id").desc(),
                condition=LIVING,
                name="customer_newest",
            ),
            models.Index(
                "site",
                "livemode",
                Upper("email"),
                F("created_at").desc(),
                F("id").desc(),
                condition=LIVING & ~Q(email=""),
                name="customer_email",
            ),
            models.Index(
                "site",
                "livemode",
                Upper("full_name"),
                condition=LIVING & ~Q(full_name=""),
                name="customer_name",
            ),
            models.Index(
                "site",
                "livemode",
                LAST_NAME_FIRST,
                condition=LIVING & OF_TWO_WORDS,
                name="customer_last_name",
            ),
            GinIndex(
                NAME_WORDS,
                condition=LIVING & OF_THREE_WORDS,
                fastupdate=False,
                name="customer_name_words",
            ),
            models.Index(
                "site",
                "livemode",
                "phone_e164",
                condition=LIVING & ~Q(phone_e164=""),
                name="customer_phone",
            ),
            models.Index(
                "test_clock",
                F("created_at").desc(),
                F("id").desc(),
                condition=Q(test_clock__isnull=False),
                name="customer_on_clock",
            ),
            *(
                # What the dashboard filters by, and most customers are not.
                models.Index(
                    "site",
                    "livemode",
                    *columns,
                    F("created_at").desc(),
                    F("id").desc(),
                    condition=condition,
                    name=name,
                )
                for name, columns, condition in (
                    ("customer_deleted", (), Q(deleted_at__isnull=False)),
                    ("customer_with_credit", (), LIVING & Q(balance__lt=0)),
                    ("customer_owing", (), LIVING & Q(balance__gt=0)),
                    ("customer_never_asked", (), LIVING & Q(mail_marketing__isnull=True)),
                    ("customer_without_email", (), LIVING & Q(email="")),
                    (
                        "customer_mail_marketing",
                        ("mail_marketing",),
                        LIVING & Q(mail_marketing__isnull=False),
                    ),
                )
            ),
            GinIndex(
                fields=["metadata"],
                opclasses=["jsonb_path_ops"],
                fastupdate=False,  # a search would read what is pending beside the index, row by row
                name="customer_metadata",
            ),
            GinIndex(
                fields=["custom_fields"],
                opclasses=["jsonb_path_ops"],
                fastupdate=False,
                condition=~Q(custom_fields={}),
                name="customer_custom_fields",
            ),
        ]

    def __str__(self) -> str:
        return self.shown_name or self.email or str(self.pk)

    @property
    def shown_name(self) -> str:
        """The name, or the first and the last name (rule C13)."""
        return self.name or f"{self.first_name} {self.last_name}".strip()

    @property
    def addresses_shown(self) -> dict[str, dict[str, str]]:
        """What `default_addresses` is, from the addresses that were loaded or put here."""
        return {
            kind: {column: getattr(address, column) for column in SHOWN_OF_ADDRESS}
            for kind, address in (("billing", self.billing), ("shipping", self.shipping))
            if address is not None
        }

    @property
    def language(self) -> str:
        """The language the customer reads first (rule C18)."""
        return self.preferred_locales[0] if self.preferred_locales else ""

    @property
    def is_deleted(self) -> bool:
        return self.deleted_at is not None
