"""The health of webhook endpoints: owners are told when one has failed for days, and when it is disabled for that."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse

from customers.events.models import Delivery, WebhookEndpoint
from customers.events.services import webhook_endpoints
from customers.kit.tenancy import every_site, scoped_to
from customers.models import Membership, Message, Role
from customers.services import letters, messages
from customers.services.letters import Letter
from customers.services.wordings import Texts

WARNED_AFTER = timedelta(days=3)
DISABLED_AFTER = timedelta(days=7)
"""For how long tries have to have failed, all of them; one failure and a week without any event is not enough."""
_Status, _Reason, _Kind = WebhookEndpoint.Status, WebhookEndpoint.Reason, Message.Kind
_BATCH = 100


def register() -> None:
    """Enter who finds the words of what owners are told."""
    messages.composers.register(_Kind.WEBHOOK_FAILING, compose)
    messages.composers.register(_Kind.WEBHOOK_DISABLED, compose)


def review(*, at: datetime) -> int:
    """Tell owners of endpoints that have failed for days, disable what has failed for longer, and return how many.

    Args:
        at: now, in real time: a test clock does not make an endpoint fail longer.
    """
    with every_site():
        found = list(_conspicuous(at=at).select_related("site").order_by("id")[:_BATCH])
    for endpoint in found:
        with scoped_to(endpoint.site, livemode=endpoint.livemode), transaction.atomic():
            _look_at(endpoint.pk, at=at)
    return len(found)


def compose(message: Message) -> Letter:
    """Find the words of a message to an owner.

    Raises:
        NotNeeded: the endpoint answers again, or was deleted.
    """
    endpoint = webhook_endpoints.rows().filter(pk=message.about).first()
    is_over = message.kind == _Kind.WEBHOOK_FAILING
    if endpoint is None or (is_over and endpoint.failing_since is None):
        raise messages.NotNeeded("The webhook endpoint answers again, or was deleted.")
    to = letters.reader_of(["en"], message.site, livemode=message.livemode)
    heading, sentence, request = _words(message, endpoint)
    context = {
        "facts": _facts(endpoint),
        "dashboard_url": f"{settings.PUBLIC_URL}{reverse('admin:index')}",
    }
    texts = Texts(heading, heading, "%(sentence)s", request, "Open the dashboard")
    words = {"sentence": sentence}
    with letters.in_language_of(to):
        return letters.write(
            to, "webhook", kind=message.kind, texts=texts, words=words, context=context
        )


def _conspicuous(*, at: datetime) -> QuerySet[WebhookEndpoint]:
    is_failing = Q(status=_Status.ENABLED, failing_since__lte=at - WARNED_AFTER, warned_at=None)
    is_to_end = Q(status=_Status.ENABLED, last_failure_at__gte=F("failing_since") + DISABLED_AFTER)
    is_gone = Q(status=_Status.DISABLED, disabled_reason=_Reason.GONE, warned_at=None)
    return webhook_endpoints.rows().filter(is_failing | is_to_end | is_gone)


def _look_at(pk: str, *, at: datetime) -> None:
    """Do what is to be done about an endpoint, if it still is."""
    locked = _conspicuous(at=at).select_for_update(no_key=True, of=("self",))
    endpoint = locked.filter(pk=pk).first()
    if endpoint is None:
        return
    failing, failed = endpoint.failing_since, endpoint.last_failure_at
    is_to_end = failing is not None and failed is not None and failed - failing >= DISABLED_AFTER
    if endpoint.status == _Status.ENABLED and is_to_end:
        webhook_endpoints.disable(endpoint, reason=_Reason.FAILING, at=at)
        endpoint.status = _Status.DISABLED
    is_disabled = endpoint.status == _Status.DISABLED
    _tell(endpoint, _Kind.WEBHOOK_DISABLED if is_disabled else _Kind.WEBHOOK_FAILING, at=at)
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(warned_at=at)


def _tell(endpoint: WebhookEndpoint, kind: Message.Kind, *, at: datetime) -> None:
    owners = Membership.objects.filter(
        site=endpoint.site, role=Role.OWNER, operator__is_active=True
    )
    for pk, email in owners.order_by("pk").values_list("operator_id", "operator__email"):
        occasion = f"{at:%Y%m%d%H%M} {pk}"
        messages.queue(kind, endpoint, to=email, customer_id=None, occasion=occasion, at=at)


def _words(message: Message, endpoint: WebhookEndpoint) -> tuple[str, str, str]:
    """Return heading, sentence and request; in English, as the dashboard is."""
    if message.kind == _Kind.WEBHOOK_FAILING:
        return (
            "A webhook endpoint is failing",
            f"{endpoint.url} has not taken any event for three days.",
            "Its events are kept, and tried again. If that goes on, the endpoint is disabled after seven days.",
        )
    if endpoint.disabled_reason == _Reason.GONE:
        why = "answered that it is gone for good (410)"
    else:
        why = "has not taken any event for seven days"
    return (
        "A webhook endpoint was disabled",
        f"{endpoint.url} {why}, so it was disabled.",
        "Enable it when it answers again; then events can be sent once more.",
    )


def _facts(endpoint: WebhookEndpoint) -> list[tuple[str, str]]:
    facts = [("Endpoint", endpoint.pk)]
    if endpoint.failing_since is not None:
        facts.append(("Failing since", f"{endpoint.failing_since:%Y-%m-%d %H:%M} UTC"))
    tried = Delivery.objects.filter(endpoint=endpoint, last_try_at__isnull=False)
    last = tried.exclude(status=Delivery.Status.SUCCEEDED).order_by("-last_try_at").first()
    if last is not None:
        answer = last.last_error or f"It answered with status {last.last_status_code}."
        facts.append(("Last answer", answer))
    return facts
