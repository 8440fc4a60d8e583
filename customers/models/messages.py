"""Messages: every email to a customer, with what it said and what became of it."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.kit.transitions import Transitions
from customers.models.base import TenantModel
from customers.models.customers import Customer


class Message(TenantModel):
    """An email that is to be sent, or was.

    It is written in the transaction of what it tells of, and gets its words when it is sent for the first time. No
    move publishes an event: the event is that of what the message tells of, and a copy of a letter in every event's
    snapshot would be one more place to erase it from. A message without a customer went to the `receipt_email` of a
    payment that has none, or to an operator of the site.
    """

    PREFIX: ClassVar[str] = "msg"

    class Kind(models.TextChoices):
        RECEIPT = "receipt", _("Receipt")
        REFUND = "refund", _("Refund")
        CARD_EXPIRY = "card_expiry", _("Card about to expire")
        INVOICE = "invoice", _("Invoice")
        INVOICE_PAID = "invoice_paid", _("Invoice paid")
        PAYMENT_FAILED = "payment_failed", _("Payment failed")
        ACTION_REQUIRED = "action_required", _("Payment to be confirmed")
        OVERDUE = "overdue", _("Invoice overdue")
        TRIAL_ENDS = "trial_ends", _("Trial about to end")
        ENDED = "ended", _("Subscription ended")
        PLAN_CHANGED = "plan_changed", _("Subscription changed")
        PAUSED = "paused", _("Subscription paused")
        RESUMED = "resumed", _("Subscription resumed")
        CANCEL_PLANNED = "cancel_planned", _("Cancellation planned")
        CANCELED = "canceled", _("Subscription canceled")
        CANCEL_UNDONE = "cancel_undone", _("Cancellation undone")
        CREDIT_NOTE = "credit_note", _("Credit note")
        CARD_UPDATE = "card_update", _("Asked for another card")
        WEBHOOK_FAILING = "webhook_failing", _("Webhook endpoint failing")
        WEBHOOK_DISABLED = "webhook_disabled", _("Webhook endpoint disabled")
        FINDING = "finding", _("Books that contradict themselves")
        EMAIL_CODE = "email_code", _("Code for another address")
        EMAIL_CHANGED = "email_changed", _("Email address changed")
        FACTOR_RESET = "factor_reset", _("Second factor reset")
        SIGN_IN = "sign_in", _("Sign-in code")
        PORTAL_LINK = "portal_link", _("Link to the portal")

    class Status(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Not sent")

    TRANSITIONS: ClassVar[Transitions] = Transitions(
        {(Status.QUEUED, Status.SENT): "", (Status.QUEUED, Status.FAILED): ""}
    )

    customer = models.ForeignKey(
        Customer,
        on_delete=models.CASCADE,
        null=True,
        related_name="messages",
        db_index=False,
        db_constraint=False,
    )
    kind = models.CharField(_("about"), max_length=16, choices=Kind.choices)
    about = models.CharField(max_length=64)
    """The id of what it tells of: a charge, a refund, a payment method, an invoice, a subscription, an endpoint."""
    occasion = models.CharField(max_length=32, blank=True, default="")
    """Which of several messages about the same thing it is."""
    door = models.CharField(_("door"), max_length=16, blank=True, default="")
    actor = models.CharField(_("by"), max_length=254, blank=True, default="")
    """Who did what it tells of, or asked for it, and through which door."""
    to = models.CharField(_("to"), max_length=512)
    language = models.CharField(_("language"), max_length=8, blank=True, default="")
    subject = models.CharField(_("subject"), max_length=500, blank=True, default="")
    text = models.TextField(blank=True, default="")
    html = models.TextField(blank=True, default="")

    status = models.CharField(
        _("status"), max_length=8, choices=Status.choices, default=Status.QUEUED
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True)
    sent_at = models.DateTimeField(_("sent"), null=True)
    error = models.CharField(_("error"), max_length=500, blank=True, default="")

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "livemode", "kind", "about", "occasion"], name="message_once"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["queued", "sent", "failed"]), name="message_status_known"
            ),
            models.CheckConstraint(
                condition=Q(status="queued") ^ Q(next_attempt_at__isnull=True),
                name="message_is_due_while_queued",
            ),
            models.CheckConstraint(
                condition=Q(status="sent") ^ Q(sent_at__isnull=True), name="message_sent_has_date"
            ),
        ]
        indexes = [
            models.Index(
                "customer",
                F("created_at").desc(),
                F("id").desc(),
                condition=Q(customer__isnull=False),
                name="message_of_customer",
            ),
            models.Index("next_attempt_at", condition=Q(status="queued"), name="message_due"),
        ]
