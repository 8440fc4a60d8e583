"""For how many years the law of a country wants invoices and what belongs to them kept; facts, not advice.

Years count from the end of the calendar year in which a document was made, which is the rule in most of these countries
and never shorter than the others'. A merchant whose adviser says otherwise sets another period for its site.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from customers.models import Site

LONGEST = 30
"""Years that a site may set."""
SETTING = "documents"
"""What the site's own period is called in `Site.retention`."""


@dataclass(frozen=True, slots=True)
class Law:
    """A country's period for invoices.

    Args:
        country: ISO 3166-1; empty where the country has no entry, and the longest usual period is taken.
        source: where it is written.
    """

    country: str
    years: int
    source: Any


LAWS = {
    law.country: law
    for law in (
        Law("DE", 8, "§ 14b UStG, § 147 AO, § 257 HGB (BEG IV)"),
        Law("FR", 10, "Code de commerce, art. L123-22"),
        Law("IT", 10, "Codice civile, art. 2220"),
        Law("ES", 6, "Código de Comercio, art. 30"),
        Law("GB", 6, "VAT Regulations 1995, Companies Act 2006 s. 388, HMRC Notice 700/21"),
        Law("US", 7, _("Usual practice; the longest period that the IRS names for records")),
        Law("JP", 7, _("Corporation Tax Act and Consumption Tax Act (10 years with losses)")),
        Law("KR", 5, _("Framework Act on National Taxes, article 85-3")),
        Law("TH", 5, _("Revenue Code, section 87/3 (7 years if the Director-General demands)")),
    )
}
USUAL = Law("", 10, _("The longest usual period, since this country has no entry here"))


def of(site: Site) -> Law:
    """Return the period for a site's documents: its own, or that of its country."""
    known = LAWS.get(site.country, USUAL)
    own = site.retention.get(SETTING)
    if own is None:
        return known
    return Law(known.country, int(own), _("Set by this site"))


def end(made_on: date, law: Law) -> date:
    """Return the last day on which a document has to be kept."""
    return date(made_on.year + law.years, 12, 31)


def oldest_kept(today: date, law: Law) -> date:
    """Return the day from which on documents still have to be kept; older ones need not."""
    return date(today.year - law.years, 1, 1)
