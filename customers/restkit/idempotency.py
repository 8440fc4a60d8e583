"""`Idempotency-Key`: the same key gets the same answer, however often and however closely together it comes.

A writing action runs in one transaction with the record of its answer: both are there or neither. An action that may
wait for locks takes its key first, so that a twin is told at once that it is one. An action that only inserts needs no
look first: of twins that run side by side one can insert its record, and the other finds the answer it then replays.

An action that calls a gateway runs in phases, each a transaction of its own. Its key is taken before the first; what
the action makes carries the request's key, so that whoever runs it again goes on with it and makes nothing twice.

Source: https://docs.stripe.com/api/idempotent_requests
"""

from collections.abc import Callable

from django.db import IntegrityError, OperationalError, transaction
from django.http import HttpResponse

from customers.kit import errors, statements
from customers.kit.constraints import violated
from customers.kit.errors import Conflict, DomainError, TryAgain
from customers.services import idempotency
from customers.services.idempotency import Answer, Claim, Taken

Handler = Callable[[], HttpResponse]
Phases = Callable[[str], HttpResponse]
Refuse = Callable[[DomainError], HttpResponse]
JSON = "application/json"
REPEATABLE = {"40001", "40P01"}  # serialization failure, deadlock
_ATTEMPTS = 3
_SAVED = (errors.InvalidRequest, errors.NotFound, errors.InvalidState, errors.CardDeclined)


def answered(
    handler: Handler,
    claim: Claim | None,
    *,
    is_only_inserting: bool,
    is_saved: Callable[[], bool],
    refuse: Refuse,
) -> HttpResponse:
    """Run a writing action in its transaction, and again where it lost a race that it can win.

    Args:
        claim: what the request's key stands for; None without a key.
        is_only_inserting: whether the action waits for no lock.
        is_saved: tells, after an error, whether it came from executing, so that it is the key's answer.
        refuse: spells an error as the dialect does.

    Raises:
        DomainError: what the action raised, or that the key is taken.
    """
    if claim is None:
        return repeated(lambda: _run(handler))
    return repeated(
        lambda: _run_once(
            handler, claim, is_only_inserting=is_only_inserting, is_saved=is_saved, refuse=refuse
        )
    )


def answered_in_phases(
    phases: Phases, claim: Claim | None, *, is_saved: Callable[[], bool], refuse: Refuse
) -> HttpResponse:
    """Run a writing action that is several transactions, and again where it lost a race that it can win.

    Args:
        phases: the action; gets the request's key, by which it finds what an earlier run has made.
        claim: what the request's key stands for; None without a key.
        is_saved: tells, after an error, whether it came from executing, so that it is the key's answer.
        refuse: spells an error as the dialect does.

    Raises:
        DomainError: what the action raised, or that the key is taken.
    """
    if claim is None:
        request_key = idempotency.new_request_key()
        return repeated(lambda: phases(request_key))
    taken = idempotency.take(claim)
    response = (
        _replay(taken)
        if isinstance(taken, Answer)
        else _finished(phases, taken, is_saved=is_saved, refuse=refuse)
    )
    response["Idempotency-Key"] = claim.key
    return response


def _finished(
    phases: Phases, taken: Taken, *, is_saved: Callable[[], bool], refuse: Refuse
) -> HttpResponse:
    """Run the action and keep its answer; what ends without one leaves the key to the next that comes with it."""
    has_given_up = False
    try:
        try:
            response = repeated(lambda: phases(taken.request_key))
        except _SAVED as error:
            if not is_saved():
                idempotency.forget(taken)
                has_given_up = True
                raise
            response = refuse(error)
        idempotency.finish(taken, _answer(taken.claim, response))
        has_given_up = True
    finally:
        if not has_given_up:
            idempotency.release(taken)
    return response


def repeated(run: Handler) -> HttpResponse:
    """Run an action again where it lost a race that it can win, or was asked for by other names.

    Raises:
        Conflict: it lost too often.
    """
    for attempt in range(_ATTEMPTS):
        try:
            return run()
        except TryAgain:
            continue
        except OperationalError as error:
            if sqlstate(error) not in REPEATABLE or attempt == _ATTEMPTS - 1:
                raise
    raise _crowded()


def sqlstate(error: Exception) -> str:
    """Return the database's five-character code for an error, or an empty text."""
    return getattr(error.__cause__, "sqlstate", None) or ""


def _run(handler: Handler) -> HttpResponse:
    with transaction.atomic(), statements.gathering() as last:
        response = handler()
        last.insert()
    return response


def _run_once(
    handler: Handler,
    claim: Claim,
    *,
    is_only_inserting: bool,
    is_saved: Callable[[], bool],
    refuse: Refuse,
) -> HttpResponse:
    try:
        response = _recorded(handler, claim, claims_first=not is_only_inserting)
    except IntegrityError as error:
        if violated(error) != "idempotency_key_once":
            raise
        response = _replayed(claim)
    except _SAVED as error:
        response = _refused(refuse(error), claim, is_saved=is_saved())
    response["Idempotency-Key"] = claim.key
    return response


def _recorded(handler: Handler, claim: Claim, *, claims_first: bool) -> HttpResponse:
    with transaction.atomic(), statements.gathering() as last:
        if claims_first:
            stored = idempotency.claim(claim)
            if stored is not None:
                return _replay(stored)
        response = handler()
        last.insert(idempotency.record(claim, _answer(claim, response)))
    return response


def _refused(response: HttpResponse, claim: Claim, *, is_saved: bool) -> HttpResponse:
    """Answer with what the key stands for already, else with the refusal, which is kept as the key's answer."""
    with transaction.atomic():
        stored = idempotency.claim(claim)
        if stored is not None:
            return _replay(stored)
        if is_saved:
            statements.insert(idempotency.record(claim, _answer(claim, response)))
    return response


def _replayed(claim: Claim) -> HttpResponse:
    with transaction.atomic():
        stored = idempotency.claim(claim)
    if stored is None:  # the record was deleted between two glances at it
        raise TryAgain
    return _replay(stored)


def _answer(claim: Claim, response: HttpResponse) -> Answer:
    return Answer(response.status_code, response.content, claim.request_id)


def _replay(stored: Answer) -> HttpResponse:
    response = HttpResponse(stored.body, status=stored.status, content_type=JSON)
    response["Idempotent-Replayed"] = "true"
    response["Original-Request"] = stored.request_id
    return response


def _crowded() -> Conflict:
    return Conflict(
        "The object is being changed by others; try again in a moment.", code="lock_timeout"
    )
