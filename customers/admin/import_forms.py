"""The forms of imports: the file, and what its columns fill."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.forms.boundfield import BoundField
from django.template.defaultfilters import filesizeformat
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin.forms import DashboardForm
from customers.models import CustomField, Import
from customers.services import import_fields

MAX_SIZE = 100 * 1024 * 1024
"""Of a file that is brought by a browser, in bytes; the command takes larger ones."""
_MAX_KEY = 40
_NO_KEY = re.compile(r"[\[\]]")


class UploadForm(DashboardForm):
    """A file of customers."""

    refusals: ClassVar[Mapping[str, str]] = {"": "file"}

    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.ndjson,.jsonl,.json"}),
        help_text=gettext_lazy(
            "Choose it, or drop it here: CSV with a line of column names, or JSON with one object on a line. "
            "100 MB at most; for more there is the command manage.py import."
        ),
    )
    encoding = forms.ChoiceField(
        label=gettext_lazy("Encoding"),
        choices=Import.Encoding.choices,
        required=False,
        help_text=gettext_lazy("Older files of Excel are Windows-1252."),
    )

    def clean_file(self) -> "UploadedFile[Any]":
        """Return the file, unless it is too large."""
        file: UploadedFile[Any] = self.cleaned_data["file"]
        size = file.size or 0
        if size > MAX_SIZE:
            raise forms.ValidationError(
                _("The file has %(size)s.") % {"size": filesizeformat(size)}
            )
        return file


class MappingForm(DashboardForm):
    """What each column fills, and what becomes of customers who are known already.

    Args:
        samples: the first rows of the file.
    """

    refusals: ClassVar[Mapping[str, str]] = {"mapping": ""}

    match = forms.ChoiceField(
        label=gettext_lazy("Known customers are found by"),
        choices=Import.Match.choices,
        help_text=gettext_lazy("So that a file that is brought twice makes nobody twice."),
    )
    on_match = forms.ChoiceField(
        label=gettext_lazy("With a known customer"), choices=Import.OnMatch.choices
    )

    def __init__(
        self,
        of: Import,
        samples: Sequence[Sequence[str]],
        fields: Sequence[CustomField],
        **options: Any,
    ) -> None:
        initial = {"match": of.match, "on_match": of.on_match}
        super().__init__(initial=initial, **options)
        self._columns = {f"column_{place}": name for place, name in enumerate(of.columns)}
        self._samples = samples
        for name, column in self._columns.items():
            chosen = of.mapping.get(column, "")
            self.fields[name] = forms.ChoiceField(
                label=column,
                choices=_choices(column, chosen, fields),
                required=False,
                initial=chosen,
            )

    def details(self) -> dict[str, Any]:
        """Return what the operator chose, as the service takes it."""
        values = self.cleaned_data
        mapping = {column: values[name] for name, column in self._columns.items() if values[name]}
        return {"mapping": mapping, "match": values["match"], "on_match": values["on_match"]}

    def rows(self) -> Iterator[tuple[BoundField, str]]:
        """Yield each column's field, with what the first rows have there."""
        for place, name in enumerate(self._columns):
            found = [row[place] for row in self._samples if place < len(row) and row[place]]
            yield self[name], " \N{MIDDLE DOT} ".join(dict.fromkeys(found[:3]))

    def policies(self) -> list[BoundField]:
        """Return the fields that are about the whole file."""
        return [self["match"], self["on_match"]]


def label_of(field: str, fields: Sequence[CustomField]) -> str:
    """Return what a field of a customer is called, for people."""
    known = {target.name: capfirst(str(target.label)) for target in import_fields.TARGETS}
    known |= {f"custom_fields[{own.key}]": own.label for own in fields}
    return known.get(field, field)


def _choices(column: str, chosen: str, fields: Sequence[CustomField]) -> list[Any]:
    """Return what a column can fill, with what it fills now, as metadata too."""
    targets = [(each.name, capfirst(str(each.label))) for each in import_fields.TARGETS]
    groups: list[Any] = [("", _("Leave out")), (_("Customer"), targets)]
    if fields:
        groups.append((_("Custom fields"), [(f"custom_fields[{f.key}]", f.label) for f in fields]))
    key = _NO_KEY.sub("_", column)[:_MAX_KEY]
    groups.append((_("Metadata"), [(f"metadata[{key}]", _("Keep as “%(key)s”") % {"key": key})]))
    names = {name for _title, group in groups[1:] for name, _label in group}
    if chosen and chosen not in names:
        groups.append((_("Others"), [(chosen, chosen)]))
    return groups
