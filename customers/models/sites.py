"""A site: one merchant, whom this installation serves. Stripe calls it an account."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.kit import ids

ADDRESS = ("line1", "line2", "city", "state", "postal_code", "country")
ORIGIN = r"^https?://(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?$"
SLUG = r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"


class EmailUniqueness(models.TextChoices):
    """What happens when a second customer comes with an email address that is taken."""

    OFF = "off", _("Allow")
    WARN = "warn", _("Allow, and warn staff")
    ENFORCE = "enforce", _("Refuse")


class DunningEnd(models.TextChoices):
    """What becomes of a subscription whose invoice could not be collected."""

    CANCEL = "cancel", _("Cancel the subscription")
    UNPAID = "unpaid", _("Mark the subscription unpaid")
    LEAVE = "leave", _("Leave it past due")


class CodePolicy(models.TextChoices):
    """When a customer who pays with a saved card enters its security code again."""

    ALWAYS = "always", _("Each time")
    UNLESS_TRUSTED = "unless_trusted", _("Each time, except on a device that the customer trusts")
    NEVER = "never", _("Never")


def _retry_days() -> list[int]:
    return [1, 3, 5, 7]


class Site(models.Model):
    """A merchant with its own customers, keys, staff and policies.

    Source: https://docs.stripe.com/api/accounts/object
    """

    PREFIX: ClassVar[str] = "acct"

    id = models.CharField(primary_key=True, max_length=64, editable=False)
    name = models.CharField(_("name"), max_length=255)
    slug = models.CharField(
        _("short name"),
        max_length=63,
        unique=True,
        validators=[RegexValidator(SLUG, _("Use lowercase letters, digits and hyphens."))],
        help_text=_("In the portal's address; lowercase letters, digits and hyphens."),
    )
    country = models.CharField(
        _("country"), max_length=2, default="US", help_text=_("ISO 3166-1, two letters.")
    )
    default_currency = models.CharField(
        _("currency"), max_length=3, default="usd", help_text=_("ISO 4217, lowercase.")
    )
    timezone = models.CharField(
        _("time zone"), max_length=64, default="UTC", help_text=_("An IANA name.")
    )
    languages = ArrayField(
        models.CharField(max_length=8),
        verbose_name=_("languages"),
        default=list,
        blank=True,
        help_text=_("Those the merchant's customers read, the first one by default."),
    )
    support_email = models.EmailField(_("support email"), blank=True, default="")
    support_phone = models.CharField(_("support phone"), max_length=64, blank=True, default="")
    website = models.URLField(_("website"), blank=True, default="")
    terms_url = models.URLField(_("terms of service"), blank=True, default="")
    privacy_url = models.URLField(_("privacy policy"), blank=True, default="")
    address = models.JSONField(_("address"), default=dict, blank=True)
    """Of `ADDRESS`, what is not empty; it stands on invoices."""
    tax_ids = ArrayField(
        models.CharField(max_length=80),
        verbose_name=_("tax IDs"),
        default=list,
        blank=True,
        size=5,
        help_text=_("As they stand on invoices, such as “TH VAT 0105556000000”; one a line."),
    )
    brand_color = models.CharField(
        _("brand colour"),
        max_length=7,
        default="#17493c",
        validators=[RegexValidator(r"^#[0-9a-f]{6}$", _("Write the colour like #17493c."))],
    )
    light_logo = models.CharField(_("logo"), max_length=40, blank=True, default="")
    dark_logo = models.CharField(_("logo in dark mode"), max_length=40, blank=True, default="")
    """Names of `Logo`; empty where there is none."""
    return_origins = ArrayField(
        models.CharField(max_length=255),
        verbose_name=_("origins to which customers may return"),
        default=list,
        blank=True,
        size=20,
        help_text=_("Such as https://example.com; one a line. Your website's own is always one."),
    )
    email_uniqueness = models.CharField(
        _("customers who share an email address"),
        max_length=8,
        choices=EmailUniqueness.choices,
        default=EmailUniqueness.OFF,
    )
    checks_email_dns = models.BooleanField(
        _("check that email domains can receive mail"),
        default=False,
        help_text=_(
            "Asks the domain name system; when it does not answer, the address is accepted."
        ),
    )
    refuses_card_numbers = models.BooleanField(
        _("refuse card numbers in free text"),
        default=True,
        help_text=_(
            "Names, descriptions, metadata and the like must not hold what looks like a card number."
        ),
    )
    asks_security_codes = models.CharField(
        _("security code when a customer pays with a saved card"),
        max_length=16,
        choices=CodePolicy.choices,
        default=CodePolicy.ALWAYS,
        help_text=_("Renewals are charged without it in any case."),
    )
    allowed_origins = ArrayField(
        models.CharField(
            max_length=255,
            validators=[RegexValidator(ORIGIN, _("Write origins like https://shop.example.com."))],
        ),
        verbose_name=_("websites that may make tokens"),
        default=list,
        blank=True,
        size=20,
        help_text=_(
            "Origins, such as https://shop.example.com, whose pages may use your publishable keys; one a line."
        ),
    )
    emails_receipts = models.BooleanField(
        _("email customers about successful payments"), default=True
    )
    emails_refunds = models.BooleanField(_("email customers about refunds"), default=True)
    emails_expiring_cards = models.BooleanField(
        _("email customers about expiring cards"),
        default=True,
        help_text=_("60, 30 and 7 days before the card expires."),
    )
    retry_days = ArrayField(
        models.PositiveIntegerField(),
        verbose_name=_("days between tries to collect an invoice"),
        default=_retry_days,
        blank=True,
        help_text=_("After each failed try, so many days pass until the next one."),
    )
    dunning_end = models.CharField(
        _("when all tries have failed"),
        max_length=8,
        choices=DunningEnd.choices,
        default=DunningEnd.CANCEL,
    )
    upcoming_days = models.PositiveSmallIntegerField(
        _("days before a renewal on which its invoice is told of"),
        default=7,
        help_text=_(
            "By the event invoice.upcoming, from each subscription's next period on; 0 for none."
        ),
    )
    emails_failed_payments = models.BooleanField(
        _("email customers about payments that failed"), default=True
    )
    emails_invoices = models.BooleanField(_("email invoices that are to be paid"), default=True)
    emails_trial_ends = models.BooleanField(_("email customers before a trial ends"), default=True)
    emails_overdue_invoices = models.BooleanField(
        _("email customers about overdue invoices"), default=True
    )
    emails_ended_subscriptions = models.BooleanField(
        _("email customers whose subscription ends since it was not paid"), default=True
    )
    emails_subscription_changes = models.BooleanField(
        _("email customers what they changed of a subscription"), default=True
    )
    emails_credit_notes = models.BooleanField(_("email customers about credit notes"), default=True)
    requires_second_factor = models.BooleanField(
        _("ask operators for a second factor"),
        default=False,
        help_text=_("Who has none sets one up before anything else."),
    )
    retention = models.JSONField(_("how long data is kept"), default=dict, blank=True)
    """By kind of data (see `customers.services.retention_kinds`), the period where it is not the usual one; null: for
    good."""
    has_required_fields = models.BooleanField(
        default=False, editable=False
    )  # kept by services.custom_fields
    created_at = models.DateTimeField(_("created"), editable=False)

    class Meta:
        verbose_name = _("site")
        verbose_name_plural = _("sites")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(email_uniqueness__in=EmailUniqueness.values),
                name="site_email_uniqueness_known",
            ),
            models.CheckConstraint(
                condition=models.Q(dunning_end__in=DunningEnd.values), name="site_dunning_end_known"
            ),
            models.CheckConstraint(
                condition=models.Q(asks_security_codes__in=CodePolicy.values),
                name="site_asks_security_codes_known",
            ),
            models.CheckConstraint(condition=models.Q(slug__regex=SLUG), name="site_slug_spelling"),
            models.CheckConstraint(
                condition=models.Q(brand_color__regex=r"^#[0-9a-f]{6}$"),
                name="site_brand_color_spelling",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def new_id(cls) -> str:
        """Return a fresh site id."""
        return ids.new(cls.PREFIX)
