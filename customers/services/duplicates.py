"""Duplicates: customers that may be one are found in the background, and looked at by people.

Nobody is compared with everybody. Each step asks the database for customers that share something, an email address, a
phone number, a card, or the place and the beginning of the name; only among the last ones names and streets are
compared, letter by letter. The database sorts on its disk what does not fit its memory, and what it finds is read in
batches, so a million customers take as little memory here as a thousand.

A step is a transaction, and the search remembers how many are done: a worker that died is gone on for. What several
steps find adds up. What was called no duplicate stays known, and is not shown again.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import combinations, islice
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from customers.kit import jobs, provenance, tenancy
from customers.kit.errors import NotFound
from customers.kit.registry import Hook
from customers.kit.tenancy import every_site, scoped_to
from customers.models import Customer, DuplicatePair, DuplicateSearch, Site

Reason = DuplicatePair.Reason
SCORES = {
    Reason.EMAIL: 60, Reason.PHONE: 50, Reason.CARD: 45, Reason.MAILBOX: 40, Reason.NAME: 40,
}  # fmt: skip
MOST_SHARED = 20
"""What more customers share than this, such as a hotel's phone number, says nothing of them."""
ALIKE = 85
"""How alike names and streets have to be, of 100."""
EVERY = timedelta(days=1)
_BATCH = 2000
_MOST_COMPARED = 40  # with one postal code and beginning of the name

sources: Hook[Callable[[], tuple[Reason, str]]] = Hook("duplicates.sources")
"""What higher apps know that customers share: the reason, and a query for (key, customer's id, when it was made) with
gaps for the site and the mode."""


def get(pk: str) -> DuplicatePair:
    """Return a pair that may be one.

    Raises:
        NotFound: there is none with this id.
    """
    found = DuplicatePair.objects.select_related("first", "second").filter(pk=pk).first()
    if found is None:
        raise NotFound(f"No such possible duplicate: '{pk}'", param="id")
    return found


def open_pairs() -> QuerySet[DuplicatePair]:
    """Return the pairs of living customers that nobody has looked at, the likeliest first."""
    rows = DuplicatePair.objects.filter(
        dismissed_at=None, first__deleted_at=None, second__deleted_at=None
    )
    return rows.select_related("first", "second").order_by("-score", "id")


def of_customer(customer: Customer) -> list[Customer]:
    """Return who may be the same as a customer, the likeliest first."""
    rows = open_pairs()
    mine = [*rows.filter(first=customer)[:5], *rows.filter(second=customer)[:5]]
    mine.sort(key=lambda pair: -pair.score)
    return [pair.second if pair.first_id == customer.pk else pair.first for pair in mine]


def dismiss(pair: DuplicatePair, *, at: datetime) -> DuplicatePair:
    """Remember that two customers are two."""
    pair.dismissed_at, pair.dismissed_by = at, provenance.current().actor
    pair.save(update_fields=["dismissed_at", "dismissed_by"])
    return pair


def last_search() -> DuplicateSearch | None:
    """Return the newest search at the chosen site, finished or not."""
    return DuplicateSearch.objects.order_by("-created_at").first()


def start(*, at: datetime) -> DuplicateSearch:
    """Begin a search, which the worker carries out; one that is under way is returned as it is."""
    scope = tenancy.current()
    with transaction.atomic(savepoint=False):
        search = DuplicateSearch(
            id=DuplicateSearch.new_id(), site=scope.site, livemode=scope.livemode, created_at=at
        )
        DuplicateSearch.objects.bulk_create([search], ignore_conflicts=True)
        running = DuplicateSearch.objects.get(finished_at=None)
        jobs.defer("customers.find_duplicates", search_id=running.pk)
    return running


def start_due(*, at: datetime) -> int:
    """Begin a search at every site that had none for a day; return how many."""
    with every_site():
        pairs = list(
            Customer.objects.living().order_by().values_list("site_id", "livemode").distinct()
        )
        fresh = DuplicateSearch.objects.filter(created_at__gt=at - EVERY)
        known = set(fresh.values_list("site_id", "livemode"))
        sites = Site.objects.in_bulk([site_id for site_id, _livemode in pairs])
    due = [pair for pair in pairs if pair not in known]
    for site_id, livemode in due:
        with scoped_to(sites[site_id], livemode=livemode):
            start(at=at)
    return len(due)


def run(search_id: str, *, at: datetime) -> int:
    """Carry a search out from where it stands; return how many pairs there are."""
    with every_site():
        search = DuplicateSearch.objects.select_related("site").filter(pk=search_id).first()
    if search is None or search.finished_at is not None:
        return 0
    with scoped_to(search.site, livemode=search.livemode):
        steps = _steps()
        for step in range(search.step, len(steps)):
            with transaction.atomic():
                row = DuplicateSearch.objects.select_for_update().get(pk=search.pk)
                if row.step != step:  # another worker has taken it over
                    return row.found
                steps[step](row, at)
                row.step = step + 1
                row.save(update_fields=["step", "found", "finished_at"])
    return row.found


Step = Callable[[DuplicateSearch, datetime], object]


def _steps() -> list[Step]:
    shared = [(Reason.EMAIL, _EMAILS), (Reason.MAILBOX, _MAILBOXES), (Reason.PHONE, _PHONES)]
    shared += [source() for source in sources]
    return [*(_sharing(reason, query) for reason, query in shared), _alike, _finish]


def _sharing(reason: Reason, query: str) -> Step:
    """Return a step that enters the pairs of customers who share a key: the oldest of them, and each other one."""

    def enter(search: DuplicateSearch, at: datetime) -> None:
        text = _SHARING.format(query=query, enter=_ENTER)
        values = {
            **_scope(search),
            "most": MOST_SHARED,
            "reason": [reason],
            "score": SCORES[reason],
        }
        with connection.cursor() as cursor:
            cursor.execute(text, {**values, "search": search.pk, "at": at})

    return enter


def _alike(search: DuplicateSearch, at: datetime) -> None:
    """Enter the pairs of customers with similar names and streets at one postal code."""
    pairs = _similar(search)
    while batch := list(islice(pairs, _BATCH)):
        first, second = zip(*batch, strict=True)
        values = {"first": list(first), "second": list(second), **_scope(search)}
        with connection.cursor() as cursor:
            cursor.execute(
                _LISTED.format(enter=_ENTER),
                {
                    **values, "reason": [Reason.NAME], "score": SCORES[Reason.NAME],
                    "search": search.pk, "at": at,
                },
            )  # fmt: skip


def _similar(search: DuplicateSearch) -> Iterator[tuple[str, str]]:
    values = {**_scope(search), "most": _MOST_COMPARED}
    with connection.cursor() as cursor:
        cursor.execute("DECLARE neighbours NO SCROLL CURSOR FOR " + _NEIGHBOURS, values)
        while True:
            cursor.execute(f"FETCH {_BATCH} FROM neighbours")
            groups = cursor.fetchall()
            if not groups:
                break
            for pks, names, streets in groups:
                yield from _alike_among(list(zip(pks, names, streets, strict=True)))
        cursor.execute("CLOSE neighbours")


def _alike_among(people: list[tuple[str, str, str]]) -> Iterator[tuple[str, str]]:
    from rapidfuzz import fuzz  # noqa: PLC0415 -- takes 6 MiB, and most processes never compare

    for (one, name, street), (other, their_name, their_street) in combinations(people, 2):
        # The order of first and last names differs between those who type them.
        if (
            fuzz.token_sort_ratio(name, their_name, score_cutoff=ALIKE)
            and fuzz.ratio(street, their_street, score_cutoff=ALIKE)
        ):  # fmt: skip
            yield one, other


def _finish(search: DuplicateSearch, at: datetime) -> None:
    """Forget what this search did not find again, but for what people have judged."""
    DuplicatePair.objects.filter(dismissed_at=None).exclude(search_id=search.pk).delete()
    search.found = DuplicatePair.objects.filter(dismissed_at=None).count()
    search.finished_at = at


def _scope(search: DuplicateSearch) -> dict[str, Any]:
    return {"site": search.site_id, "livemode": search.livemode}


_LIVING = "site_id = %(site)s AND livemode = %(livemode)s AND deleted_at IS NULL"
_EMAILS = (
    f"SELECT UPPER(email), id, created_at FROM customers_customer WHERE {_LIVING} AND email <> ''"  # noqa: S608 -- our own words
)
# Providers that deliver whatever dots are in the name, and what is behind a plus sign.
_MAILBOXES = f"""
    SELECT DISTINCT ON (UPPER(email)) REPLACE(SPLIT_PART(SPLIT_PART(LOWER(email), '@', 1), '+', 1), '.', '') || '@'
        || REPLACE(SPLIT_PART(LOWER(email), '@', 2), 'googlemail.com', 'gmail.com'), id, created_at
    FROM customers_customer
    WHERE {_LIVING} AND (LOWER(email) LIKE '%%@gmail.com' OR LOWER(email) LIKE '%%@googlemail.com')
    ORDER BY UPPER(email), created_at, id
"""  # noqa: S608 -- as above
_PHONES = f"SELECT phone_e164, id, created_at FROM customers_customer WHERE {_LIVING} AND phone_e164 <> ''"  # noqa: S608 -- as above
_SHARING = """
WITH shared AS (
    SELECT ARRAY_AGG(pk ORDER BY made, pk) AS pks FROM ({query}) AS found (key, pk, made)
    GROUP BY key HAVING COUNT(*) BETWEEN 2 AND %(most)s
), pairs AS (
    SELECT DISTINCT pks[1] AS first, second FROM shared, UNNEST(pks[2:]) AS second WHERE pks[1] <> second
) {enter}
"""
_LISTED = """
WITH pairs AS (SELECT * FROM UNNEST(%(first)s::text[], %(second)s::text[]) AS listed (first, second)) {enter}
"""
_ENTER = """
INSERT INTO customers_duplicatepair AS known
    (id, site_id, livemode, created_at, first_id, second_id, reasons, score, search_id, dismissed_by)
SELECT 'dup_' || MD5(first || ' ' || second), %(site)s, %(livemode)s, %(at)s, first, second, %(reason)s::varchar[],
    %(score)s, %(search)s, ''
FROM pairs ORDER BY first, second
ON CONFLICT (first_id, second_id) DO UPDATE SET search_id = excluded.search_id,
    reasons = CASE WHEN known.search_id <> excluded.search_id THEN excluded.reasons
        WHEN known.reasons @> excluded.reasons THEN known.reasons ELSE known.reasons || excluded.reasons END,
    score = CASE WHEN known.search_id <> excluded.search_id THEN excluded.score
        WHEN known.reasons @> excluded.reasons THEN known.score
        ELSE known.score + (100 - known.score) * excluded.score / 100 END
"""
_NEIGHBOURS = f"""
    SELECT ARRAY_AGG(customer.id ORDER BY customer.created_at, customer.id),
        ARRAY_AGG(LOWER(customer.full_name) ORDER BY customer.created_at, customer.id),
        ARRAY_AGG(LOWER(address.line1) ORDER BY customer.created_at, customer.id)
    FROM customers_customer AS customer JOIN customers_address AS address
        ON address.customer_id = customer.id AND address.is_default AND address.kind = 'billing'
    WHERE customer.{_LIVING.replace(" AND ", " AND customer.")} AND customer.full_name <> ''
        AND address.postal_code <> '' AND address.line1 <> ''
    GROUP BY address.country, UPPER(REPLACE(address.postal_code, ' ', '')),
        LEFT(UPPER(SUBSTRING(customer.full_name FROM '\\S+$')), 2)
    HAVING COUNT(*) BETWEEN 2 AND %(most)s
"""  # noqa: S608 -- as above
