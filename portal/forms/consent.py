"""Consents to marketing, in the words that are kept with each answer."""

from typing import Any

from django import forms
from django.utils.translation import pgettext

from customers.models import Consent, Customer
from customers.services.letters import Reader
from portal.forms.fields import PortalForm

Channel = Consent.Channel


class ConsentForm(PortalForm):
    """A yes or a no for each channel."""

    def __init__(self, reader: Reader, customer: Customer, *args: Any, **kwargs: Any) -> None:
        initial = {channel: bool(getattr(customer, channel)) for channel in Channel.values}
        super().__init__(reader, *args, **kwargs, initial=initial)
        self.customer = customer
        for channel in Channel.values:
            self.fields[channel] = forms.BooleanField(
                required=False, label=wording_of(channel, reader.site.name)
            )

    def answers(self) -> list[tuple[str, bool, str]]:
        """Return what was answered otherwise than before, or for the first time: channel, answer, wording."""
        return [
            (channel, granted, str(self.fields[channel].label))
            for channel, granted in self.cleaned_data.items()
            if granted is not getattr(self.customer, channel)
        ]


def wording_of(channel: str, site: str) -> str:
    """Return what a customer reads beside the box of a channel."""
    said = {
        Channel.MAIL: pgettext(
            "page",
            "%(site)s may send me news and offers by email. I can take this back here at any time.",
        ),
        Channel.TELEPHONE: pgettext(
            "page",
            "%(site)s may call me about news and offers. I can take this back here at any time.",
        ),
    }
    return said[Channel(channel)] % {"site": site}
