import pytest

from customers.kit import clock
from customers.kit.errors import InvalidState, NotFound
from customers.models import Note, Operator
from customers.services import notes
from tests.factories.customers import CustomerFactory


@pytest.fixture
def ada(db):
    return Operator.objects.create(email="ada@example.com", name="Ada", created_at=clock.now())


@pytest.fixture
def bo(db):
    return Operator.objects.create(email="bo@example.com", created_at=clock.now())


@pytest.fixture
def note(scope, ada, at):
    return notes.create(CustomerFactory(), author=ada, text="Called", is_pinned=False, at=at)


def said(note):
    row = Note.objects.get(pk=note.pk)
    return row.author_name, row.text, row.is_pinned, row.edited_at


def test_a_note_says_who_wrote_it(note):
    assert said(note) == ("Ada", "Called", False, None)


def test_who_wrote_it_changes_it(note, ada, at):
    notes.update(note, by=ada, text="Called again", is_pinned=True, at=at)

    assert said(note) == ("Ada", "Called again", True, at)


def test_others_only_pin_it(note, bo, refused, at):
    notes.update(note, by=bo, text="Called", is_pinned=True, at=at)

    with refused(InvalidState, code="note_of_another"):
        notes.update(note, by=bo, text="Never called", is_pinned=True, at=at)
    with refused(InvalidState, code="note_of_another"):
        notes.delete(note, by=bo)

    assert said(note) == ("Ada", "Called", True, None)


def test_who_wrote_it_deletes_it_once(note, ada, refused):
    notes.delete(note, by=ada)

    with refused(NotFound):
        notes.delete(note, by=ada)

    assert Note.objects.count() == 0


def test_a_note_stays_when_its_author_goes(note, ada):
    ada.delete()

    assert said(note) == ("Ada", "Called", False, None)


def test_a_note_about_somebody_else_is_not_found(note, refused):
    assert notes.get(note.customer, note.pk) == note

    with refused(NotFound):
        notes.get(CustomerFactory(), note.pk)
