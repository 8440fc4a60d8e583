"""Notes about a customer: written on a page of their own, changed and deleted by whoever wrote them."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin.base import Act
from customers.admin.forms import DashboardForm
from customers.kit import clock
from customers.kit.errors import NotFound
from customers.models import Customer, Note
from customers.services import notes

if TYPE_CHECKING:
    from customers.admin.base import TenantAdmin

    _Base = TenantAdmin[Customer]
else:
    _Base = object

_LENGTH = 5000


class NoteForm(DashboardForm):
    text = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy(
            "Your colleagues read it. So does the customer, in a copy of all that is kept of them."
        ),
    )
    is_pinned = forms.BooleanField(label=gettext_lazy("Keep it on top"), required=False)


class CustomerNotes(_Base):
    """The views of notes; mixed into the pages of customers."""

    def note_urls(self) -> list[URLPattern]:
        """Return the addresses of these views."""
        one = "<str:object_id>/notes/"
        return [
            self.route(f"{one}add/", self.add_note, "add_note"),
            self.route(f"{one}<str:pk>/", self.change_note, "change_note"),
            self.route(f"{one}<str:pk>/delete/", self.delete_note, "delete_note"),
        ]

    def add_note(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the form for a note, or write it; of who was deleted one may still be needed."""
        customer = self._noted(request, object_id)
        author = self.choice(request).operator
        return self.run_form(
            request,
            self.make_form(request, NoteForm),
            lambda form: notes.create(
                customer, author=author, at=clock.now(), **_said(form.cleaned_data)
            ),
            self._note_words(customer, _("New note"), _("Add note"), _("The note was added.")),
            row=customer,
        )

    def change_note(self, request: HttpRequest, object_id: str, pk: str) -> HttpResponse:
        """Show the form for a note, or change it; who did not write it can pin it."""
        customer = self._noted(request, object_id)
        note, operator = self._note(customer, pk), self.choice(request).operator
        form = self.make_form(
            request, NoteForm, initial={"text": note.text, "is_pinned": note.is_pinned}
        )
        if note.author_id != operator.pk:
            form.fields["text"].disabled = True
        return self.run_form(
            request,
            form,
            lambda form: notes.update(
                note, by=operator, at=clock.now(), **_said(form.cleaned_data)
            ),
            self._note_words(customer, _("Edit note"), _("Save"), _("Saved.")),
            row=customer,
        )

    def delete_note(self, request: HttpRequest, object_id: str, pk: str) -> HttpResponse:
        """Ask whether to delete a note, or delete it."""
        customer = self._noted(request, object_id)
        note = self._note(customer, pk)
        words = Act(
            title=_("Delete this note?"),
            text=note.text,
            button=_("Delete"),
            done=_("The note was deleted."),
            back=self.page_url(customer),
            style="danger",
        )
        return self.run_form(
            request,
            self.make_form(request, DashboardForm),
            lambda _form: notes.delete(note, by=self.choice(request).operator),
            words,
            row=customer,
        )

    def note_url(self, customer: Customer) -> str:
        """Return where a note is written."""
        return self.url("add_note", customer.pk)

    def _noted(self, request: HttpRequest, object_id: str) -> Customer:
        customer = self.found(request, object_id)
        self.require(self.has_change_permission(request))
        return customer

    def _note(self, customer: Customer, pk: str) -> Note:
        try:
            return notes.get(customer, pk)
        except NotFound as error:
            raise Http404 from error

    def _note_words(self, customer: Customer, title: str, button: str, done: str) -> Act:
        return Act(title=title, button=button, done=done, back=f"{self.page_url(customer)}#notes")


def _said(cleaned: dict[str, Any]) -> dict[str, Any]:
    return {"text": cleaned["text"], "is_pinned": cleaned["is_pinned"]}
