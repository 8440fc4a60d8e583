"""The files of imports: whatever can be written as CSV is read as it was written, from any record on."""

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.kit import clock
from customers.models import Customer, Import, ImportChunk
from customers.services import import_files, imports
from customers.services.import_files import UnreadableFile
from tests.customers.services.importing import (
    brought,
    carried_out,
    counts,
    emails,
)

pytestmark = pytest.mark.usefixtures("scope")
CELLS = st.text(
    st.one_of(
        st.sampled_from("\"',;\t| \r\n\\é€😀\ufeff\u2028\x0b\x0c\x1c\x85"),
        st.characters(codec="utf-8", exclude_characters="\x00"),
    ),
    max_size=12,
)


def stored(data):
    return imports.create(io.BytesIO(data), file_name="a.csv", at=clock.now())


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=4),
    delimiter=st.sampled_from(",;\t|"),
    ending=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    has_mark=st.booleans(),
    chunk=st.sampled_from([32, 256 * 1024]),
)
def test_odd_files_are_read_as_they_were_written(
    monkeypatch, rows, delimiter, ending, quoting, has_mark, chunk
):
    monkeypatch.setattr(import_files, "CHUNK", chunk)
    text = io.StringIO(newline="")
    if any("\r" in cell for row in rows for cell in row):
        quoting = csv.QUOTE_ALL  # else Python writes a cell's last one like the line's end
    writer = csv.writer(text, delimiter=delimiter, lineterminator=ending, quoting=quoting)
    writer.writerows([["a", "b", "c"], *rows])
    data = b"\xef\xbb\xbf" * has_mark + text.getvalue().encode()
    wanted = [row for row in rows if any(cell.strip() for cell in row)]

    of = stored(data)
    read = list(import_files.records(of, offset=of.body_at, number=0))
    again = [
        next(import_files.records(of, offset=before, number=0)).value
        for before in [of.body_at, *(record.end for record in read)][: len(read)]
    ]
    imports.cancel(of, at=clock.now())  # a site has a few open at most

    assert (of.size, of.delimiter, of.columns) == (len(data), delimiter, ["a", "b", "c"])
    assert [record.value for record in read] == wanted
    assert [record.number for record in read] == list(range(1, len(wanted) + 1))
    assert again == wanted


def test_columns_of_one_name_are_told_apart():
    of = stored(b"a,a, ,a (2)\n1,2,3,4\n")

    assert of.columns == ["a", "a (2)", "column 3", "a (2) (4)"]


def test_pieces_are_sealed():
    of = stored(b"email\nada@example.com\n")

    assert b"ada" not in bytes(ImportChunk.objects.get(of=of).data)


def test_a_stream_that_comes_in_drops_is_kept_whole(monkeypatch):
    monkeypatch.setattr(import_files, "CHUNK", 10)

    class Drops(io.BytesIO):
        def read(self, size=-1):
            return super().read(min(size, 3))

    of = imports.create(Drops(b"email\nada@example.com\n"), file_name="a.csv", at=clock.now())

    assert (of.size, ImportChunk.objects.filter(of=of).count()) == (22, 3)
    assert imports.preview(of, count=9) == [["ada@example.com"]]


def test_a_file_s_name_says_its_format():
    of = imports.create(io.BytesIO(b'{"a": 1}\n'), file_name="A.JSONL", at=clock.now())

    assert (of.format, of.columns) == (Import.Format.NDJSON, ["a"])


def test_an_object_over_several_lines_is_refused_line_by_line():
    of = imports.create(
        io.BytesIO(b'{"email": "a@example.com"}\n{\n"email": 1}\n'),
        file_name="a.ndjson",
        at=clock.now(),
    )
    imports.begin(of, Import.Status.CHECKING, at=clock.now())

    imports.work(of, now=clock.now, stops=lambda _: False)

    of = imports.get(of.pk)
    assert (of.read, of.created, of.failed) == (3, 1, 2)


def test_a_broken_file_keeps_what_came_before_it():
    bad = b"email\na@example.com\nb@example.com\n" + b"\xff\xfe" + b"@example.com\n"
    text = bad.replace(
        b"b@example.com\n", b"b@example.com\n" + b"c@example.com\n" * 1 + b"\n" * 20_000
    )

    of = carried_out(brought(text))

    assert of.status == Import.Status.FAILED
    assert "is no text in utf-8" in of.error
    assert emails() == ["a@example.com", "b@example.com", "c@example.com"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(b"", "The file is empty.", id="empty"),
        pytest.param(b"\n \n", "The file is empty.", id="blank"),
        pytest.param("email\na@example.com\n".encode("utf-16"), "no text in UTF-8", id="utf-16"),
        pytest.param(b"\xe9mail,name\n", "no text in utf-8", id="latin-1"),
        pytest.param(b"x" * 1_100_000, "more than 1000000 characters", id="one long line"),
        pytest.param(b",".join(b"c%d" % n for n in range(501)), "more than 500 columns", id="wide"),
        pytest.param(b'"' + b"x\n" * 200_000, "field larger than field limit", id="open quote"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(data, message):
    with pytest.raises(UnreadableFile, match=message):
        brought(data)

    assert (Import.objects.count(), ImportChunk.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("\ufeffemail,name\r\nada@example.com,Zoë\r\n".encode(), id="byte order mark"),
        pytest.param(b"email\tname\nada@example.com\tZo\xc3\xab\n", id="tab"),
        pytest.param('\n"email" , name\n"ada@example.com","Zoë"\n\n'.encode(), id="quotes"),
        pytest.param("email|name\rada@example.com|Zoë\r".encode(), id="carriage return"),
        pytest.param("email,name\nada@example.com,Zoë".encode(), id="no end of line"),
    ],
)
def test_files_are_written_in_many_ways(data):
    of = brought(data)

    carried_out(of)

    assert (of.columns, Customer.objects.values_list("email", "name").get()) == (
        ["email", "name"], ("ada@example.com", "Zoë"),
    )  # fmt: skip


def test_a_file_of_windows_is_read_where_that_is_said():
    data = io.BytesIO("email,name\nada@example.com,Zoë €\n".encode("cp1252"))
    of = imports.create(data, file_name="a.csv", encoding="cp1252", at=clock.now())

    carried_out(of)

    assert Customer.objects.get().name == "Zoë €"


def test_a_file_of_many_pieces_is_read_as_one(monkeypatch):
    monkeypatch.setattr(import_files, "CHUNK", 7)
    monkeypatch.setattr(imports, "ROWS", 3)
    text = "email,name\n" + "".join(f'n{n}@example.com,"Zoë\n{n}"\n' for n in range(10))

    of = carried_out(brought(text))

    assert counts(of) == (10, 10, 0, 0, 0)
    assert sorted(Customer.objects.values_list("name", flat=True)) == [
        f"Zoë\n{n}" for n in range(10)
    ]


def test_a_preview_shows_the_first_rows():
    of = brought("Email,Name\na@example.com,Ada\n\nb@example.com,Bo\n")
    objects = brought('{"email": "a@example.com", "metadata": {"n": 1}}\n', name="a.jsonl")

    assert imports.preview(of, count=1) == [["a@example.com", "Ada"]]
    assert (objects.columns, imports.preview(objects, count=5)) == (
        ["email", "metadata[n]"], [["a@example.com", "1"]],
    )  # fmt: skip
