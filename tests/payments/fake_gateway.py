"""A gateway in memory: it does what it is told to, and keeps a book of what it did."""

from datetime import timedelta

from payments.gateways.base import Outcome, Result, Unknown


class Acted:
    """A plan: act, and let the answer be lost on its way back."""

    def __init__(self, outcome=None):
        self.outcome = outcome


class FakeGateway:
    """Knows an act again by its reference; without a plan for the next one, all goes well."""

    idempotency_window = timedelta(minutes=5)

    def __init__(self):
        self.asked = []
        self.book = {}
        self.plans = {}
        self.told = []

    def plan(self, act, *answers):
        """Answer the next such acts with outcomes, exceptions, or `Acted(outcome)`."""
        self.plans.setdefault(act, []).extend(answers)

    def authorize(self, request):
        self.told.append(request)
        return self._act("authorize", request.reference, request.money.amount, fee=59)

    def capture(self, gateway_reference, money, *, reference):
        return self._act("capture", reference, money.amount, fee=59)

    def void(self, gateway_reference, *, reference):
        return self._act("void", reference, None)

    def refund(self, gateway_reference, money, *, reference, reason=""):
        return self._act("refund", reference, money.amount)

    def look_up(self, reference, *, kind, since):
        self.asked.append(("look_up", reference, None))
        plans = self.plans.get("look_up")
        if plans:
            raise plans.pop(0)
        return self.book.get(reference)

    def entries(self, since):
        return iter(self.plans.get("entries", []))

    def _act(self, act, reference, amount, fee=0):
        self.asked.append((act, reference, amount))
        if reference in self.book:
            return self.book[reference]
        plans = self.plans.get(act)
        answer = plans.pop(0) if plans else None
        if isinstance(answer, Exception):
            raise answer
        done = Outcome(Result.DONE, reference=f"at_gateway_{reference}", fee=fee)
        if isinstance(answer, Acted):
            self.book[reference] = answer.outcome or done
            raise Unknown
        self.book[reference] = answer or done
        return self.book[reference]
