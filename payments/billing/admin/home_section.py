"""The figures of the home page: what billing and payments came to, read from rows that the worker adds up."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.utils.timezone import localdate

from customers.admin.choices import Choice
from customers.admin.home import Section
from customers.kit import clock
from customers.services.powers import Power
from payments.billing.admin import home_figures, home_range
from payments.billing.services import figure_rolling, figures


def section(request: HttpRequest, choice: Choice) -> Iterator[Section]:
    """Yield the figures, and their charts."""
    if choice.site is None or not choice.may(Power.VIEW_BILLING):
        return
    own = choice.site.default_currency
    wanted = home_range.read(request.GET, own=own, today=localdate(clock.now()))
    found = figures.read(wanted.range, wanted.currency)
    yield Section(
        "admin/billing/home_figures.html",
        {
            "looked_at": home_range.context(wanted, found),
            "tiles": home_figures.tiles(found),
            "is_behind": figure_rolling.is_behind(),
        },
        "top",
    )
    yield Section(
        "admin/billing/home_charts.html",
        {
            "charts": home_figures.charts(found),
            "movements": home_figures.movements(found),
            "currency": wanted.currency.upper(),
            "is_empty": found.now.is_empty,
        },
    )
