"""Notes about customers: written, changed and deleted by whoever wrote them, and pinned by anybody."""

from datetime import datetime

from django.db import transaction

from customers.kit.errors import InvalidState, NotFound
from customers.models import Customer, Note, Operator


def get(customer: Customer, pk: str) -> Note:
    """Return a note about a customer.

    Raises:
        NotFound: there is none with this id.
    """
    found = Note.objects.filter(customer=customer, pk=pk).first()
    if found is None:
        raise NotFound(f"No such note: '{pk}'", param="id")
    return found


def create(
    customer: Customer, *, author: Operator, text: str, is_pinned: bool, at: datetime
) -> Note:
    """Write a note about a customer."""
    note = Note.belonging_to(
        customer,
        customer=customer,
        author=author,
        author_name=author.get_full_name(),
        text=text,
        is_pinned=is_pinned,
        created_at=at,
    )
    note.save(force_insert=True)
    return note


def update(note: Note, *, by: Operator, text: str, is_pinned: bool, at: datetime) -> Note:
    """Change a note's words, or whether it is pinned.

    Raises:
        InvalidState: somebody else wrote these words; they can only be pinned.
        NotFound: it was deleted.
    """
    with transaction.atomic(savepoint=False):
        row = _locked(note)
        row.is_pinned = is_pinned
        if row.text != text:
            _check_author(row, by)
            row.text, row.edited_at = text, at
        row.save(update_fields=["text", "is_pinned", "edited_at"])
    return row


def delete(note: Note, *, by: Operator) -> Note:
    """Delete a note.

    Raises:
        InvalidState: somebody else wrote it.
        NotFound: it was deleted before.
    """
    with transaction.atomic(savepoint=False):
        row = _locked(note)
        _check_author(row, by)
        Note.objects.filter(pk=row.pk).delete()
    return row


def _locked(note: Note) -> Note:
    row = Note.objects.select_for_update(no_key=True).filter(pk=note.pk).first()
    if row is None:
        raise NotFound(f"No such note: '{note.pk}'", param="id")
    return row


def _check_author(note: Note, operator: Operator) -> None:
    if note.author_id != operator.pk:
        raise InvalidState("Only who wrote a note can change or delete it.", code="note_of_another")
