"""Jobs of billing: they carry ids, scope to the row's site, and are safe to run twice."""

from datetime import datetime

from customers.kit import clock, jobs
from customers.kit.provenance import Provenance, acting
from customers.kit.tenancy import every_site, scoped_to
from customers.services import test_clocks
from payments.billing.models import Invoice
from payments.billing.services import figure_rolling, invoices
from payments.services import drills

_WORKER = Provenance("worker")


@jobs.job
def ask_for_rest(invoice: str) -> None:
    """Let what could still pay an invoice ask for what is left: nothing of one that became void."""
    with every_site():
        row = Invoice.objects.select_related("site").filter(pk=invoice).first()
    if row is None:
        return
    with scoped_to(row.site, livemode=row.livemode), acting(_WORKER):
        invoices.ask_for_rest(row, at=test_clocks.now_for(row, clock.now()))


@jobs.every(drills.every(15))
def roll_up_figures(at: datetime) -> int:
    """Add what happened to the figures that the home page shows."""
    return figure_rolling.run(at=at)
