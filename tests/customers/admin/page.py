"""Reads pages of the dashboard as a browser does: what forms would send, what tables and lists of facts say."""

from html.parser import HTMLParser


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.fields, self.cells, self.texts, self.links = {}, [], [], []
        self._inside, self._form, self._text, self._select = [], False, None, None

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        if tag == "form":
            self._form = said.get("class") == "form"
        if self._form:
            self._field(tag, said)
        if tag == "a":
            self.links.append(said.get("href", ""))
        if tag == "tr":
            self.cells.append([])
        if tag in {"td", "th", "dt", "dd", "h1", "textarea", "li"}:
            self._text = []

    def handle_endtag(self, tag):
        if tag == "textarea" and self._form:
            self.fields[self._area] = ["".join(self._text).removeprefix("\n")]
        if tag in {"td", "th", "dt", "dd", "h1", "li"} and self._text is not None:
            text = " ".join("".join(self._text).split())
            self.texts.append((tag, text))
            if tag in {"td", "th"} and self.cells:
                self.cells[-1].append(text)
        if tag in {"td", "th", "dt", "dd", "h1", "textarea", "li"}:
            self._text = None
        if tag == "form":
            self._form = False

    def handle_data(self, data):
        if self._text is not None:
            self._text.append(data)

    def _field(self, tag, said):
        name = said.get("name")
        if tag == "textarea":
            self._area = name
        elif tag == "select":
            self._select = name
            self.fields.setdefault(name, [])
        elif tag == "option" and "selected" in said:
            self.fields[self._select].append(said.get("value", ""))
        elif tag == "input" and name:
            if said.get("type") in {"radio", "checkbox"} and "checked" not in said:
                return
            self.fields.setdefault(name, []).append(
                said.get("value", "on" if said.get("type") == "checkbox" else "")
            )


def _read(response):
    reader = _Reader()
    reader.feed(response.content.decode())
    return reader


def fields(response, **changes):
    """Return what the page's form would send, with some fields filled in otherwise; None leaves one out."""
    sent = {**_read(response).fields, **changes}
    return {name: value for name, value in sent.items() if value is not None}


def rows(response):
    """Return the cells of the page's tables, row by row, without the headers."""
    return [cells for cells in _read(response).cells if cells][1:]


def facts(response):
    """Return the page's facts by label."""
    texts = [(tag, text) for tag, text in _read(response).texts if tag in {"dt", "dd"}]
    return {
        label: value for (_dt, label), (_dd, value) in zip(texts[::2], texts[1::2], strict=True)
    }


def links(response):
    """Return where the page's links lead."""
    return _read(response).links


def confirmed(client, address, **values):
    """Fill a form in, confirm what it means where it can be meant, and return the answer."""
    answer = client.post(address, fields(client.get(address), **values))
    if answer.status_code != 200 or "meaning" not in (answer.context or {}):
        return answer
    return client.post(address, fields(answer))


def errors(response):
    """Return what the page's form says is wrong, by field; above the form under an empty name."""
    form = response.context["form"]
    return {name.replace("__all__", ""): list(said) for name, said in form.errors.items()}
