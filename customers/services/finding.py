"""Finding customers while somebody types: what a text can be is recognised first, and asked of the index that knows it.

Every question is a range of one index and ends after a few rows, so that an answer takes as long among a million
customers as among a thousand. What is looked for are beginnings: of an email address, of the first or the last name, of
a number. The list of customers finds what stands in the middle of these.
"""

import re
from collections.abc import Iterator

import phonenumbers
from django.contrib.postgres.search import SearchQuery, SearchVectorExact
from django.db.models import IntegerField, QuerySet, Value
from django.db.models.functions import Upper
from django.db.models.lookups import StartsWith

from customers.models import Customer, Site
from customers.models.customers import (
    LAST_NAME_FIRST,
    NAME_WORDS,
    OF_THREE_WORDS,
    OF_TWO_WORDS,
)

MAX_TEXT, MIN_TEXT = 100, 2
_MAX_WORDS = 4
_MIN_DIGITS = 3
_PHONE = re.compile(r"\+?[\d\s().\-/]+")
_CODE = re.compile(r"\S{2,}")
_INVOICE_PREFIX = re.compile(r"[A-Za-z0-9]{1,12}")
_NAME = re.compile(r"[^\d@]{3,}")
_SHOWN = (
    "site_id", "livemode", "created_at", "email", "name", "first_name", "last_name", "phone", "organization_name",
    "external_id", "deleted_at",
)  # fmt: skip

Rows = QuerySet[Customer]


def beginning_with(text: str, *, site: Site, limit: int) -> list[Customer]:
    """Return customers of whom something begins with a text, what is named exactly first.

    Args:
        limit: how many at most.
    """
    text = text.strip()[:MAX_TEXT].replace("\0", "")
    if len(text) < MIN_TEXT:
        return []
    questions = [
        rows.annotate(rank=Value(rank, IntegerField())).values_list("pk", "rank")[:limit]
        for rank, rows in enumerate(_questions(text, site=site))
    ]
    first, *others = questions
    found = sorted(first.union(*others, all=True), key=lambda pair: pair[1])
    pks = list(dict.fromkeys(pk for pk, _rank in found))[:limit]
    if len(pks) < limit and _NAME.fullmatch(text):
        pks += [pk for pk in _in_long_names(text, limit=limit) if pk not in pks][: limit - len(pks)]
    rows = Customer.objects.only("pk", *_SHOWN).in_bulk(pks)
    return [rows[pk] for pk in pks if pk in rows]


def phone_prefixes(text: str, *, country: str) -> list[str]:
    """Return what a number in E.164 begins with that is being typed; nothing where the text is no number.

    Args:
        country: where a number without an international prefix is dialled, ISO 3166-1.
    """
    digits = re.sub(r"\D", "", text)
    if not _PHONE.fullmatch(text) or len(digits) < _MIN_DIGITS:
        return []
    if text.startswith("+"):
        return [f"+{digits}"]
    if digits.startswith("00"):
        return [f"+{digits[2:]}"]
    code = phonenumbers.country_code_for_region(country) if country else 0
    national = [f"+{code}{digits.lstrip('0')}"] if code else []
    return [*national, f"+{digits}"]


def _questions(text: str, *, site: Site) -> Iterator[Rows]:
    """Yield what is asked, what says most about a customer first."""
    living = Customer.objects.living().order_by()
    if _CODE.fullmatch(text):
        yield living.filter(external_id=text)
        yield living.filter(username=text)
        if _INVOICE_PREFIX.fullmatch(text):
            yield living.filter(invoice_prefix=text.upper())
    for prefix in phone_prefixes(text, country=site.country):
        yield (
            living.filter(phone_e164__startswith=prefix)
            .exclude(phone_e164="")
            .order_by("phone_e164")
        )
    names = living.exclude(full_name="")
    yield names.filter(full_name__istartswith=text).order_by(Upper("full_name"))
    yield living.filter(OF_TWO_WORDS, StartsWith(LAST_NAME_FIRST, Upper(Value(text)))).order_by(
        LAST_NAME_FIRST
    )
    if _CODE.fullmatch(text):
        begins = living.exclude(email="").filter(email__istartswith=text)
        yield begins.order_by(Upper("email"), "-created_at", "-id")
        named = living.exclude(external_id="").filter(external_id__startswith=text)
        yield named.order_by("external_id")


def _in_long_names(text: str, *, limit: int) -> list[str]:
    """Return customers whose names of three or more words have words that begin like these."""
    words = [f"'{_escaped(word)}':*" for word in text.split()[:_MAX_WORDS]]
    query = SearchQuery(" & ".join(words), config="simple", search_type="raw")
    rows = Customer.objects.living().filter(OF_THREE_WORDS, SearchVectorExact(NAME_WORDS, query))
    return list(rows.order_by().values_list("pk", flat=True)[:limit])


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("'", "''")
