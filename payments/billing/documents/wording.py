"""Text as it may stand on paper: nothing that a terminal, a printer or a PDF reader would act on."""

import regex

_NEW_LINE = regex.compile(r"\r\n|[\r\n\v\f\x85\u2028\u2029]")
_BLANK = regex.compile(r"\t")
# Controls; halves of surrogate pairs; what Unicode promises never to assign; and marks without a shape that fonts lack
# (soft hyphen, byte order mark, interlinear annotation, tags).
_DROPPED = regex.compile(
    r"[[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\u00AD\uFEFF\uFFF9-\uFFFB\U000E0000-\U000E007F]--[\n]]",
    regex.VERSION1,
)


def cleaned(text: str) -> str:
    """Return the text without control characters, its lines parted by newlines alone."""
    return _DROPPED.sub("", _BLANK.sub(" ", _NEW_LINE.sub("\n", text)))


def cleaned_line(text: str) -> str:
    """Return the text as one line, for the file's metadata."""
    return " ".join(cleaned(text).split())
