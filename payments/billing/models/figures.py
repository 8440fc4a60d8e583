"""Figures: what a site's days came to, added up by the worker, so that pages read a few rows instead of all payments.

A daily figure only ever grows by what is folded into it, and each folded source leaves `PendingFigure` in the same
transaction; so a crash neither loses nor doubles anything, and how sources are grouped into transactions does not
matter. Figures can be thrown away and made anew from the ledger and the events.
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import TenantModel


class DailyFigure(TenantModel):
    """What one measure came to on one day of the site's time zone, in minor units of one currency.

    Levels are sums: the monthly recurring revenue of a day is what all its movements up to that day add up to. What
    happens on a test clock is of the day that the clock showed.

    Source: https://docs.stripe.com/billing/subscriptions/analytics
    """

    PREFIX: ClassVar[str] = "fig"

    class Measure(models.TextChoices):
        CHARGES = "charges", _("Charges")
        REFUNDS = "refunds", _("Refunds")
        DISPUTES = "disputes", _("Disputes")
        FEES = "fees", _("Fees")
        FAILED = "failed", _("Failed payments")
        RECOVERED = "recovered", _("Recovered revenue")
        NEW = "mrr_new", _("New")
        REACTIVATION = "mrr_reactivation", _("Reactivation")
        EXPANSION = "mrr_expansion", _("Expansion")
        CONTRACTION = "mrr_contraction", _("Contraction")
        CHURN = "mrr_churn", _("Churn")

    MOVEMENTS: ClassVar[tuple[Measure, ...]] = (
        Measure.NEW, Measure.REACTIVATION, Measure.EXPANSION, Measure.CONTRACTION, Measure.CHURN,
    )  # fmt: skip
    """How monthly recurring revenue changes; their amounts have signs and add up to it."""

    day = models.DateField(_("day"))
    currency = models.CharField(_("currency"), max_length=3)
    measure = models.CharField(_("measure"), max_length=16, choices=Measure.choices)
    amount = models.BigIntegerField(_("amount"), default=0)
    count = models.BigIntegerField(_("number"), default=0)

    class Meta:
        verbose_name = _("daily figure")
        verbose_name_plural = _("daily figures")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "livemode", "currency", "day", "measure"], name="daily_figure_once"
            ),
            models.CheckConstraint(
                condition=Q(
                    measure__in=[
                        "charges", "refunds", "disputes", "fees", "failed", "recovered", "mrr_new",
                        "mrr_reactivation", "mrr_expansion", "mrr_contraction", "mrr_churn",
                    ]
                ),
                name="daily_figure_measure_known",
            ),
        ]  # fmt: skip


class PendingFigure(TenantModel):
    """A ledger entry or an event that the figures do not contain yet; its id is the source's.

    The database writes it with the source, whoever inserts that, and the worker deletes it when it folds the source in.
    A cursor would not do: of two transactions that run side by side, the one with the smaller number may end last.
    """

    PREFIX: ClassVar[str] = "todo"

    position = models.BigIntegerField()
    """An event's sequence; 0 for what may be added in any order."""

    class Meta:
        verbose_name = _("pending figure")
        verbose_name_plural = _("pending figures")
        indexes = [
            models.Index("site", "livemode", "position", "id", name="pending_figure_in_order")
        ]


class FigureBook(TenantModel):
    """A site's figures in one mode, which one worker at a time works on by locking this row."""

    PREFIX: ClassVar[str] = "book"

    timezone = models.CharField(_("time zone"), max_length=64)
    """Whose days the figures are; where the site's is another one, they are made anew."""
    currencies = ArrayField(models.CharField(max_length=3), default=list, blank=True)
    """Those that there are figures in."""

    class Meta:
        verbose_name = _("book of figures")
        verbose_name_plural = _("books of figures")
        constraints = [
            models.UniqueConstraint(fields=["site", "livemode"], name="figure_book_once")
        ]


class SubscriptionRevenue(TenantModel):
    """What a subscription brings in a month, as its last event told; its id is the subscription's.

    How that is worked out is in `payments.billing.services.recurring_revenue`.
    """

    PREFIX: ClassVar[str] = "mrs"

    customer_id = models.CharField(max_length=64)
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField()
    """In minor units, a month."""
    terms = models.JSONField()
    """What the amount is worked out from, should a discount begin or end."""

    class Meta:
        verbose_name = _("revenue of a subscription")
        verbose_name_plural = _("revenues of subscriptions")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="subscription_revenue_amount")
        ]
        indexes = [
            models.Index("site", "livemode", "customer_id", name="subscription_revenue_customer")
        ]


class CustomerRevenue(TenantModel):
    """What a customer's subscriptions in one currency bring in a month, and since when."""

    PREFIX: ClassVar[str] = "mrr"

    customer_id = models.CharField(max_length=64)
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField(default=0)
    """In minor units, a month."""
    moved_at = models.DateTimeField()
    """When it changed last."""
    amount_before = models.BigIntegerField(default=0)
    """What it was before that instant."""
    was_known = models.BooleanField(default=False)
    """Whether it was ever above nothing before that instant."""

    class Meta:
        verbose_name = _("revenue of a customer")
        verbose_name_plural = _("revenues of customers")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "livemode", "customer_id", "currency"], name="customer_revenue_once"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="customer_revenue_amount"),
        ]  # fmt: skip
