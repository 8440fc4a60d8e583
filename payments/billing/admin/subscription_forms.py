"""What the acts on subscriptions ask for."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from customers.admin.forms import Section
from customers.kit import ids
from customers.models import Customer
from payments.admin.base import ActForm
from payments.admin.shown import method_line
from payments.billing.admin import shown
from payments.billing.admin.acting import PreviewedForm, day_field
from payments.billing.models import Coupon, Price, Subscription, SubscriptionItem
from payments.billing.services import coupons
from payments.billing.services.subscription_wishes import ItemWish
from payments.models import PaymentMethod

OFFERED = 200  # prices, and coupons, the newest first
MOST_QUANTITY, MOST_DAYS = 999_999, 730
NOW, AT_END = "now", "period_end"
CREDIT = "credit"
Collection, Pause = Subscription.Collection, Subscription.Pause
NEW = "new"

PRORATIONS: tuple[tuple[str, Any], ...] = (
    ("create_prorations", gettext_lazy("Put the difference on the next invoice")),
    ("always_invoice", gettext_lazy("Bill the difference now")),
    ("none", gettext_lazy("Leave the difference out")),
)


class CancelForm(ActForm):
    """When it ends, what is given back, and why.

    Args:
        end: the end of the period.
        unused: what the unused time comes to, as people write it; empty where it is nothing.
    """

    sections = (Section("", ("when", "settlement", "feedback", "comment")),)

    when = forms.ChoiceField(label=gettext_lazy("When"), widget=forms.RadioSelect)
    settlement = forms.ChoiceField(
        label=gettext_lazy("Unused time, if it ends now"), widget=forms.RadioSelect
    )
    feedback = forms.ChoiceField(
        label=gettext_lazy("Why"),
        required=False,
        choices=[("", gettext_lazy("Not known")), *shown.FEEDBACK.items()],
    )
    comment = forms.CharField(
        label=gettext_lazy("Comment"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, end: datetime, unused: str, *, offers_end: bool, **options: Any) -> None:
        super().__init__(
            initial={"when": AT_END if offers_end else NOW, "settlement": "none"}, **options
        )
        at_end = _("At the end of its period, on %(date)s") % {"date": shown.moment(end)}
        when, settlement = self.fields["when"], self.fields["settlement"]
        assert isinstance(when, forms.ChoiceField)  # noqa: S101 -- so it was declared
        assert isinstance(settlement, forms.ChoiceField)  # noqa: S101 -- as above
        when.choices = [*([(AT_END, at_end)] if offers_end else []), (NOW, _("Now"))]
        settlement.choices = [("none", _("Nothing is given back"))]
        if unused:
            said = _("%(amount)s becomes the customer's credit") % {"amount": unused}
            settlement.choices = [*settlement.choices, (CREDIT, said)]

    def details(self) -> dict[str, Any]:
        """Return why it ends, in the service's words."""
        return {
            "cancellation_feedback": self.cleaned_data["feedback"],
            "cancellation_comment": self.cleaned_data["comment"],
        }


class PauseForm(ActForm):
    """What becomes of invoices meanwhile, and until when."""

    sections = (Section("", ("behavior", "resumes_on")),)
    refusals = {"pause_collection[resumes_at]": "resumes_on"}

    behavior = forms.ChoiceField(
        label=gettext_lazy("New invoices meanwhile"),
        widget=forms.RadioSelect,
        choices=Pause.choices,
        initial=Pause.VOID,
    )
    resumes_on = day_field(
        gettext_lazy("Collect again from"),
        required=False,
        help_text=gettext_lazy("Empty: until somebody resumes it."),
    )


class ChangeForm(PreviewedForm):
    """The items as they are to be; those that are not touched stay.

    Args:
        offered: prices to choose from, beside those that the items have.
    """

    proration = forms.ChoiceField(
        label=gettext_lazy("For the rest of the period"),
        widget=forms.RadioSelect,
        choices=PRORATIONS,
    )

    def __init__(
        self, items: Sequence[SubscriptionItem], offered: Sequence[Price], **options: Any
    ) -> None:
        self.items = list(items)
        super().__init__(initial={"proration": PRORATIONS[0][0]}, **options)
        sections = []
        for number, item in enumerate(self.items):
            sections.append(self._item_fields(number, item, offered))
        self.fields[f"price_{NEW}"] = forms.ChoiceField(
            label=_("Price"),
            required=False,
            choices=[("", _("None")), *_choices(offered)],
        )
        self.fields[f"quantity_{NEW}"] = _quantity(initial=1)
        added = Section(_("Something more"), (f"price_{NEW}", f"quantity_{NEW}"), is_folded=True)
        self.sections = [*sections, added, Section("", ("proration",))]  # type: ignore[misc]  # these are this form's
        self.refusals = {  # type: ignore[misc]  # as above
            f"items[{number}][price]": f"price_{name}"
            for number, name in enumerate([*range(len(self.items)), NEW])
        }

    def _item_fields(
        self, number: int, item: SubscriptionItem, offered: Sequence[Price]
    ) -> Section:
        names = [f"price_{number}", f"quantity_{number}"]
        choices = _choices([item.price, *(price for price in offered if price != item.price)])
        self.fields[names[0]] = forms.ChoiceField(
            label=_("Price"), choices=choices, initial=item.price_id
        )
        self.fields[names[1]] = _quantity(initial=item.quantity)
        if len(self.items) > 1:
            names.append(f"remove_{number}")
            self.fields[names[2]] = forms.BooleanField(label=_("Take it out"), required=False)
        return Section(shown.price_name(item.price), tuple(names))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not self.wishes():
            self.add_error(None, _("Nothing was changed."))
        return cleaned

    def wishes(self) -> list[ItemWish]:
        """Return what is to become of the items."""
        found = []
        said = self.cleaned_data
        for number, item in enumerate(self.items):
            price, quantity = said[f"price_{number}"], said[f"quantity_{number}"]
            param = f"items[{number}]"
            if said.get(f"remove_{number}"):
                found.append(ItemWish(param=param, pk=item.pk, is_deleted=True))
            elif (price, quantity) != (item.price_id, item.quantity):
                new_price = price if price != item.price_id else ""
                found.append(ItemWish(param=param, pk=item.pk, price=new_price, quantity=quantity))
        if said[f"price_{NEW}"]:
            param = f"items[{len(self.items)}]"
            price, quantity = said[f"price_{NEW}"], said[f"quantity_{NEW}"]
            found.append(ItemWish(param=param, price=price, quantity=quantity))
        return found

    def details(self) -> dict[str, Any]:
        """Return how it is billed, in the service's words."""
        return {"proration_behavior": self.cleaned_data["proration"], "proration_date": self.at}


class NewSubscriptionForm(PreviewedForm):
    """What the customer subscribes to, and how it is paid.

    Args:
        methods: of the customer.
        at: when it begins.
    """

    sections = (
        Section("", ("price", "quantity", "trial_days", "coupon")),
        Section(
            gettext_lazy("Collection"), ("collection", "method", "days_until_due", "description")
        ),
    )
    refusals = {
        "items[0][price]": "price",
        "items[0][quantity]": "quantity",
        "trial_period_days": "trial_days",
        "discounts[0][coupon]": "coupon",
        "discounts[0]": "coupon",
    }

    price = forms.ChoiceField(label=gettext_lazy("Price"))
    quantity = forms.IntegerField(
        label=gettext_lazy("Quantity"), min_value=1, max_value=MOST_QUANTITY, initial=1
    )
    trial_days = forms.IntegerField(
        label=gettext_lazy("Days of trial"), min_value=1, max_value=MOST_DAYS, required=False
    )
    coupon = forms.ChoiceField(label=gettext_lazy("Coupon"), required=False)
    collection = forms.ChoiceField(
        label=gettext_lazy("How it is paid"),
        choices=Collection.choices,
        widget=forms.RadioSelect,
        initial=Collection.CHARGE,
    )
    method = forms.ChoiceField(label=gettext_lazy("Payment method"), required=False)
    days_until_due = forms.IntegerField(
        label=gettext_lazy("Days until an invoice is due"),
        min_value=0,
        max_value=3650,
        required=False,
        help_text=gettext_lazy("Where it is paid by invoice; 30 if empty."),
    )
    description = forms.CharField(
        label=gettext_lazy("Description"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("The customer reads it."),
    )

    def __init__(
        self, customer: Customer, methods: Sequence[PaymentMethod], at: datetime, **options: Any
    ) -> None:
        super().__init__(**options)
        self._offer("price", _choices(offered(customer.currency)))
        default = _("The customer's default") if customer.default_payment_method_id else _("None")
        lines = [(method.pk, method_line(method)) for method in methods]
        self._offer("method", [("", default), *lines])
        self._offer("coupon", [("", _("None")), *_coupons(at)])

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- so it was declared
        field.choices = choices

    def wishes(self) -> list[ItemWish]:
        """Return the item."""
        said = self.cleaned_data
        return [ItemWish(param="items[0]", price=said["price"], quantity=said["quantity"])]

    def details(self, methods: Sequence[PaymentMethod]) -> dict[str, Any]:
        """Return the rest, in the service's words."""
        said = self.cleaned_data
        details: dict[str, Any] = {
            "collection_method": said["collection"],
            "description": said["description"],
        }
        if said["collection"] == Collection.SEND:
            days = said["days_until_due"]
            details["days_until_due"] = 30 if days is None else days
        elif said["method"]:
            chosen = next(method for method in methods if method.pk == said["method"])
            details["default_payment_method"] = chosen
        if said["trial_days"]:
            details["trial_period_days"] = said["trial_days"]
        if said["coupon"]:
            details["discounts"] = [{"coupon": said["coupon"]}]
        return details


def offered(currency: str = "") -> list[Price]:
    """Return the prices that subscriptions can have, the newest first.

    Args:
        currency: in which they must have amounts; any where empty.
    """
    rows = Price.objects.filter(
        kind=Price.Kind.RECURRING, is_active=True, is_inline=False, deleted_at__isnull=True
    )
    if currency:
        rows = rows.filter(Q(currency=currency) | Q(currency_options__has_key=currency))
    return list(rows.select_related("product").order_by("-created_at", "-id")[:OFFERED])


def days(count: int) -> str:
    """Return a number of days in words."""
    return ngettext("%(count)s day", "%(count)s days", count) % {"count": count}


def _choices(prices: Sequence[Price]) -> list[tuple[str, str]]:
    return [(str(price.pk), shown.price_choice(price)) for price in prices]


def _coupons(at: datetime) -> list[tuple[str, str]]:
    rows = Coupon.objects.filter(coupons.redeemable(at), deleted_at__isnull=True)
    return [
        (ids.shown(str(coupon.pk)), f"{coupon} · {shown.coupon_line(coupon)}")
        for coupon in rows.order_by("-created_at", "-id")[:OFFERED]
    ]


def _quantity(*, initial: int) -> forms.IntegerField:
    return forms.IntegerField(
        label=_("Quantity"), min_value=0, max_value=MOST_QUANTITY, initial=initial
    )
