"""Findings: opened once, seen again, closed when they are gone; owners are told of the first of a kind.

At each site and in each mode, as many are kept of an invariant as somebody would look at; how many more there are is
counted with the round. Doors read; who looks for breaches is `invariant_rounds`.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, QuerySet
from django.urls import reverse

from customers.kit import invariants
from customers.kit.invariants import Invariant, Severity
from customers.kit.tenancy import every_site, scoped_to
from customers.models import Finding, Membership, Message, Role, Site
from customers.services import letters, messages
from customers.services.invariant_walks import Broken
from customers.services.letters import Letter
from customers.services.wordings import Texts

MOST = 100
"""Findings of one invariant that are kept at a site, in one mode."""
KEPT_FOR = timedelta(days=90)
"""For how long what is gone stays visible."""
_AT_ONCE = 500


def register() -> None:
    """Enter who finds the words of what owners are told."""
    messages.composers.register(Message.Kind.FINDING, compose)


def open_ones() -> QuerySet[Finding]:
    """Return the chosen site's findings that are not gone, the newest first."""
    return Finding.objects.filter(resolved_at=None).order_by("-created_at", "-id")


def counts_here() -> dict[str, int]:
    """Return, by invariant, how many findings of the chosen site are open; nothing of those that have none."""
    return _counted(open_ones())


def counts() -> dict[str, int]:
    """Return, by invariant, how many findings of all sites are open; nothing of those that have none."""
    with every_site():
        return _counted(open_ones())


def note(invariant: Invariant, broken: Iterable[Broken], *, at: datetime) -> None:
    """Open findings for rows that break an invariant, and note that known ones are seen again."""
    groups: dict[tuple[str, bool], list[Broken]] = defaultdict(list)
    for row in broken:
        groups[row.site_id, row.livemode].append(row)
    for (site_id, livemode), rows in groups.items():
        site = Site.objects.filter(pk=site_id).first()
        if site is not None:  # what it stands on is no reference everywhere
            with scoped_to(site, livemode=livemode), transaction.atomic():
                _note(invariant, rows, site, livemode=livemode, at=at)


def close_gone(
    invariant: Invariant,
    *,
    since: datetime,
    still: Callable[[Sequence[str]], Collection[str]],
    at: datetime,
) -> int:
    """Look again at the findings that a round has not seen, close those that are gone, and return how many.

    A row may have moved on the disk while the round went by, so that it was passed over.

    Args:
        since: when the round began.
        still: returns the ids of those of some rows that break the invariant.
    """
    closed = 0
    with every_site():
        unseen = Finding.objects.filter(
            invariant=invariant.name, resolved_at=None, last_seen_at__lt=since
        )
        known = dict(unseen.order_by("pk").values_list("pk", "object_id"))
    pks = list(known)
    for first in range(0, len(pks), _AT_ONCE):
        some = pks[first : first + _AT_ONCE]
        left = still([known[pk] for pk in some])
        with every_site():
            rows = Finding.objects.filter(pk__in=some, resolved_at=None)
            closed += rows.exclude(object_id__in=left).update(resolved_at=at)
            rows.filter(object_id__in=left).update(last_seen_at=at)
    return closed


def close_forgotten(*, at: datetime) -> int:
    """Close the findings of invariants that there are no more, and return how many."""
    names = [invariant.name for invariant in invariants.every()]
    with every_site():
        rows = Finding.objects.filter(resolved_at=None).exclude(invariant__in=names)
        return rows.update(resolved_at=at)


def delete_old(*, at: datetime) -> int:
    """Delete findings that have been gone for long, a bounded number at a time; return how many."""
    with every_site():
        old = Finding.objects.filter(resolved_at__lt=at - KEPT_FOR)
        pks = list(old.order_by("resolved_at").values_list("pk", flat=True)[:_AT_ONCE])
        return Finding.objects.filter(pk__in=pks).delete()[0]


def compose(message: Message) -> Letter:
    """Find the words of a message to an owner.

    Raises:
        NotNeeded: the finding is gone.
    """
    finding = Finding.objects.filter(pk=message.about, resolved_at=None).first()
    known = {invariant.name: invariant for invariant in invariants.every()}
    if finding is None or finding.invariant not in known:
        raise messages.NotNeeded("What was found is gone.")
    invariant = known[finding.invariant]
    to = letters.reader_of(["en"], message.site, livemode=message.livemode)
    heading = _HEADINGS[invariant.severity]
    with letters.in_language_of(to):
        texts = Texts(heading, heading, "%(sentence)s", str(invariant.remedy), "Open the dashboard")
        words = {"sentence": f"This does not hold any more: “{invariant.says}”"}
        page = reverse("admin:customers_finding_changelist")
        context = {
            "facts": [
                ("Object", finding.object_id),
                ("What is wrong", finding.detail),
                ("Seen", f"{finding.created_at:%Y-%m-%d %H:%M} UTC"),
            ],
            "dashboard_url": f"{settings.PUBLIC_URL}{page}",
        }
        return letters.write(
            to, "webhook", kind=message.kind, texts=texts, words=words, context=context
        )


def _counted(rows: QuerySet[Finding]) -> dict[str, int]:
    return dict(rows.order_by().values_list("invariant").annotate(count=Count("pk")))


def _note(
    invariant: Invariant, rows: Sequence[Broken], site: Site, *, livemode: bool, at: datetime
) -> None:
    mine = Finding.objects.filter(invariant=invariant.name, resolved_at=None)
    details = {row.object_id: row.detail[:_LONGEST] for row in rows}
    known = list(mine.filter(object_id__in=list(details)))
    for finding in known:
        finding.last_seen_at, finding.detail = at, details.pop(finding.object_id)
    Finding.objects.bulk_update(known, ["last_seen_at", "detail"], batch_size=_AT_ONCE)
    open_before = mine.count() if details else 0
    fresh = [
        Finding(
            id=Finding.new_id(), site=site, livemode=livemode, created_at=at, invariant=invariant.name,
            object_id=object_id, detail=detail, last_seen_at=at,
        )
        for object_id, detail in list(details.items())[: max(0, MOST - open_before)]
    ]  # fmt: skip
    Finding.objects.bulk_create(fresh, ignore_conflicts=True)
    if fresh and not open_before:
        _tell(fresh[0], at=at)


def _tell(finding: Finding, *, at: datetime) -> None:
    owners = Membership.objects.filter(site=finding.site, role=Role.OWNER, operator__is_active=True)
    for pk, email in owners.order_by("pk").values_list("operator_id", "operator__email"):
        messages.queue(
            Message.Kind.FINDING, finding, to=email, customer_id=None, occasion=str(pk), at=at
        )


_LONGEST = 500  # characters of a detail
_HEADINGS = {
    Severity.ERROR: "The books contradict themselves",
    Severity.WARNING: "Something does not go on by itself",
}
