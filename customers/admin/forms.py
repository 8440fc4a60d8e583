"""Forms of the dashboard: shown in sections, judged by the same rules as the API, refused in the services' words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.forms.boundfield import BoundField
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from customers.kit.errors import DomainError, InvalidRequest
from customers.models import Site
from customers.restkit import inputs
from customers.restkit.card_numbers import path_of_card_number


@dataclass(frozen=True, slots=True)
class Section:
    """Fields that stand together.

    Args:
        is_folded: whether they are shown only on request; never while one of them is refused.
        title: above them; may be empty.
        fields: their names, in order; a name in brackets (`custom_fields[*]`) stands for all that begin like it.
    """

    title: Any
    fields: tuple[str, ...]
    help_text: Any = ""
    is_folded: bool = False


class DashboardForm(forms.Form):
    """A form whose fields are named like the service's parameters, so that a refusal finds its field.

    `changes()` holds what a service is to change: with `tracks_changes`, only what the operator touched, so that what
    somebody else changed since the page was opened stays.
    """

    sections: ClassVar[Sequence[Section]] = ()
    refusals: ClassVar[Mapping[str, str]] = {}
    """By parameter of a service, the field that shows its refusal, where the two have different names."""
    tracks_changes: ClassVar[bool] = False
    error_css_class = "has-error"
    required_css_class = "is-required"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False  # our own sentences, in the page's language
        if self.tracks_changes:
            for field in self.fields.values():
                # Pairs carry what they were in a way of their own.
                field.show_hidden_initial = not isinstance(field, PairsField)

    def changes(self) -> dict[str, Any]:
        """Return the values to hand to a service, by name."""
        names = self.changed_data if self.tracks_changes else list(self.fields)
        return {name: self.cleaned_data[name] for name in names}

    def examine(self, site: Site) -> None:
        """Check what takes a look outside, such as at the domain name system; runs before any transaction.

        Raises:
            DomainError: what was found forbids it.
        """

    def refuse(self, error: DomainError) -> None:
        """Show a service's refusal at the field it is about, or above the form."""
        param = self.refusals.get(error.param, error.param)
        outer = param.partition("[")[0]
        name = next((name for name in (param, outer) if name in self.fields), None)
        self.add_error(name, error.message)

    def refuse_card_numbers(self) -> None:
        """Refuse texts that look like card numbers, wherever they stand."""
        for name, value in list(self.cleaned_data.items()):
            if isinstance(value, str | dict | list) and path_of_card_number({name: value}):
                self.add_error(
                    name, _("This looks like a card number, which must not be kept here.")
                )

    def shown_sections(self) -> Iterator[dict[str, Any]]:
        """Yield the sections with their fields; what no section names comes last."""
        left = dict.fromkeys(field.name for field in self.visible_fields())
        for section in self.sections:
            names = [
                name for pattern in section.fields for name in list(left) if _fits(name, pattern)
            ]
            for name in names:
                del left[name]
            if names:
                yield self._shown(section, names)
        if left:
            yield self._shown(Section("", ()), list(left))

    def _shown(self, section: Section, names: list[str]) -> dict[str, Any]:
        fields: list[BoundField] = [self[name] for name in names]
        return {
            "title": section.title,
            "help_text": section.help_text,
            "fields": fields,
            "is_folded": section.is_folded,
            "is_open": not section.is_folded or any(field.errors for field in fields),
        }


def _fits(name: str, pattern: str) -> bool:
    if pattern.endswith("[*]"):
        return name.startswith(pattern[:-2])
    return name == pattern


class RuledField(forms.CharField):
    """Text that has to satisfy the rule that the API has for the same parameter.

    Args:
        rule: the API's; what it yields is the field's value.
    """

    def __init__(self, rule: inputs.Field, **options: Any) -> None:
        options.setdefault("required", False)
        super().__init__(**options)
        self.rule = rule

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if text in self.empty_values:
            return None if self.rule.emptied is ... else self.rule.emptied
        try:
            return self.rule.accept(text, str(self.label or ""))
        except InvalidRequest as error:
            raise forms.ValidationError(error.message) from error


class LinesField(forms.CharField):
    """Several values, one on a line, each judged by a rule of the API.

    Args:
        rule: for each line.
    """

    widget = forms.Textarea(attrs={"rows": 3})

    def __init__(self, rule: inputs.Field, *, max_lines: int, **options: Any) -> None:
        options.setdefault("required", False)
        super().__init__(**options)
        self.rule, self.max_lines = rule, max_lines

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return _lines(initial) != _lines(data)

    def clean(self, value: Any) -> Any:
        lines = _lines(super().clean(value))
        if len(lines) > self.max_lines:
            raise forms.ValidationError(
                _("Give %(limit)d lines at most."), params={"limit": self.max_lines}
            )
        try:
            return [self.rule.accept(line, str(self.label or "")) for line in lines]
        except InvalidRequest as error:
            raise forms.ValidationError(error.message) from error


def _lines(value: Any) -> list[str]:
    text = "\n".join(value) if isinstance(value, list) else str(value or "")
    return [line.strip() for line in text.splitlines() if line.strip()]


class PairsWidget(forms.Widget):
    """Rows of a name and a value; empty rows are for more."""

    SPARE = 3
    use_fieldset = True
    template_name = "elements/pairs.html"

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        pairs = list((value or {}).items())
        context = {
            "name": name,
            "id": (attrs or {}).get("id", f"id_{name}"),
            "pairs": [*pairs, *[("", "")] * self.SPARE],
            "were": [key for key, _value in pairs],
        }
        return render_to_string(self.template_name, context)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, str]:
        """Return the pairs as sent; one that was there and has gone comes with an empty value, which removes it."""
        keys, values = data.getlist(f"{name}-name"), data.getlist(f"{name}-value")
        sent = {
            key.strip(): value
            for key, value in zip(keys, values, strict=False)
            if key.strip() or value.strip()
        }
        return {key: "" for key in data.getlist(f"{name}-was") if key not in sent} | sent

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}-name" not in data

    def id_for_label(self, id_: str, index: Any = None) -> str:
        return f"{id_}_0"


class PairsField(forms.Field):
    """Metadata: pairs of text, as many and as long as the API takes."""

    widget = PairsWidget
    rule = inputs.MetadataField()

    def __init__(self, **options: Any) -> None:
        options.setdefault("required", False)
        super().__init__(**options)

    def has_changed(self, initial: Any, data: Any) -> bool:
        kept = {key: value for key, value in (data or {}).items() if value != ""}
        removed = [key for key, value in (data or {}).items() if value == ""]
        was = dict(initial or {})
        return any(key in was for key in removed) or any(
            was.get(key) != value for key, value in kept.items()
        )

    def clean(self, value: Any) -> dict[str, str]:
        try:
            return self.rule.read(value or {}, "metadata")
        except InvalidRequest as error:
            raise forms.ValidationError(error.message) from error
