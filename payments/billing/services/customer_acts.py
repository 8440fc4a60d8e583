"""What customers change of their subscriptions themselves: looked at again under the lock, and confirmed by a letter.

A page was read some time before its button is pressed, and the button may be pressed twice. What is checked here is
checked in the transaction that acts, so that of any number of presses one acts and one letter goes out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from payments.billing.models import Invoice, Subscription
from payments.billing.services import invoice_states, telling
from payments.billing.services import subscription_states as states


def _accept(subscription: Subscription, invoice: Invoice | None) -> None:
    """Accept what came of it, whatever that is."""


@dataclass(frozen=True, slots=True)
class CustomersAct:
    """Something that a customer does with a subscription.

    Args:
        letter: the kind of message that confirms it.
        check: raises where the subscription, as it is under the lock, is not to be changed like this any more.
        accept: raises where what the change bills at once is not what the customer was shown.
    """

    letter: str
    check: Callable[[Subscription], None]
    accept: Callable[[Subscription, Invoice | None], None] = _accept

    def begin(self, subscription: Subscription) -> None:
        """Lock the subscription for the open transaction, and check it."""
        invoice_states.lock_customer(subscription.customer_id)
        self.check(states.locked(subscription.pk))

    def finish(self, subscription: Subscription, invoice: Invoice | None, *, at: datetime) -> None:
        """Accept what came of it, and write the letter."""
        self.accept(subscription, invoice)
        telling.of_change(self.letter, subscription, at=at)
