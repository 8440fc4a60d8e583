"""A field of several rows, each of the same few texts: a table that is filled in, without JavaScript, too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Column:
    """What stands in each row once.

    Args:
        name: what a row has it by.
        label: above it, or beside it on a narrow page.
        input_mode: which keys a telephone offers, such as `decimal`.
        offered: what may be typed, as values and words; anything else may, too.
    """

    name: str
    label: Any
    input_mode: str = "text"
    offered: Any = None


class RowsWidget(forms.Widget):
    """Rows of inputs; empty rows are for more.

    Args:
        spare: how many rows are empty.
    """

    use_fieldset = True
    template_name = "elements/rows.html"

    def __init__(self, columns: Sequence[Column], *, spare: int, attrs: Any = None) -> None:
        super().__init__(attrs)
        self.columns, self.spare = columns, spare

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        rows = [*(value or []), *[{} for _number in range(self.spare)]]
        own = {**self.attrs, **(attrs or {})}
        context = {
            "name": name,
            "id": own.pop("id", f"id_{name}"),
            "attrs": own,
            "rows": [[self._cell(column, row) for column in self.columns] for row in rows],
            "columns": self.columns,
            "lists": [(column.name, column.offered()) for column in self.columns if column.offered],
        }
        return render_to_string(self.template_name, context)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Row]:
        """Return the rows as sent, but for those in which nothing stands."""
        sent = [data.getlist(f"{name}-{column.name}") for column in self.columns]
        names = [column.name for column in self.columns]
        rows = [
            dict(zip(names, (text.strip() for text in texts), strict=True))
            for texts in zip(*sent, strict=False)
        ]
        return [row for row in rows if any(row.values())]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return all(f"{name}-{column.name}" not in data for column in self.columns)

    def id_for_label(self, id_: str, index: Any = None) -> str:
        return f"{id_}_0"

    def _cell(self, column: Column, row: Mapping[str, str]) -> tuple[Column, str]:
        return column, row.get(column.name, "")


class RowsField(forms.Field):
    """The rows in which something stands, each a hash of texts.

    Args:
        most: how many there may be.
    """

    def __init__(
        self, columns: Sequence[Column], *, most: int, spare: int, attrs: Any = None, **options: Any
    ) -> None:
        super().__init__(
            required=False, widget=RowsWidget(columns, spare=spare, attrs=attrs), **options
        )
        self.most = most

    def clean(self, value: Any) -> list[Row]:
        rows: list[Row] = value or []
        if len(rows) > self.most:
            raise forms.ValidationError(
                _("Give %(limit)d rows at most."), params={"limit": self.most}
            )
        return rows
