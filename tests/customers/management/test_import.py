import io
from importlib import import_module

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from customers.kit.tenancy import scoped_to
from customers.models import Customer, Import
from customers.services import imports

pytestmark = pytest.mark.usefixtures("site")
COMMAND = import_module("customers.management.commands.import").Command


@pytest.fixture
def file(tmp_path):
    """A function that writes a file and returns its name."""

    def write(text, name="customers.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def ended(code, *arguments):
    """What a command says that ends with a code other than 0."""
    out, errors = io.StringIO(), io.StringIO()
    with pytest.raises(SystemExit) as end:
        call_command(*arguments, stdout=out, stderr=errors)
    assert end.value.code == code
    return out.getvalue(), errors.getvalue()


def emails(site, *, livemode=False):
    with scoped_to(site, livemode=livemode):
        return sorted(Customer.objects.values_list("email", flat=True))


def test_customers_are_imported(run, site, file):
    out, errors = run("import", file("Email,Shoe\na@example.com,42\nb@example.com,43\n"))

    assert out == "2 rows: 2 created, 0 changed, 0 left as they were, 0 refused.\n"
    assert errors == "Left out: Shoe.\n"
    assert emails(site) == ["a@example.com", "b@example.com"]


def test_live_customers_are_imported_where_that_is_said(run, site, file):
    run(
        "import",
        file('{"email": "a@example.com"}\n', "a.ndjson"),
        "--mode",
        "live",
        "--site",
        "acme",
    )

    assert (emails(site), emails(site, livemode=True)) == ([], ["a@example.com"])


def test_columns_are_mapped_by_hand(run, site, file):
    path = file("Email,Shoe,Name\na@example.com,42,Ada\n")

    run("import", path, "--map", "Shoe=metadata[shoe]", "--map", "Name=", "--match", "nothing")

    with scoped_to(site, livemode=False):
        assert Customer.objects.values_list("name", "metadata").get() == ("", {"shoe": "42"})


def test_a_dry_run_makes_nothing_and_the_next_run_everything(run, site, file):
    path = file("Email\na@example.com\n")

    said, _ = run("import", path, "--dry-run")
    before = emails(site)
    run("import", path)

    assert said == (
        "1 rows: 1 would be created, 0 would be changed, 0 would be left as they were, 0 refused.\n"
    )
    assert (before, emails(site)) == ([], ["a@example.com"])
    with scoped_to(site, livemode=False):
        assert Import.objects.count() == 1


def test_refused_rows_are_told_and_written_to_a_file(site, file, tmp_path):
    path, refused = file("Email\na@example.com\nnobody\n"), tmp_path / "refused.csv"

    out, errors = ended(3, "import", path, "--errors", str(refused))

    assert out == "2 rows: 1 created, 0 changed, 0 left as they were, 1 refused.\n"
    assert errors.splitlines() == [
        "Row 2, Email: Invalid email address: nobody",
        f"They are in {refused}, each with what is wrong (import_error).",
    ]
    assert (
        refused.read_bytes()
        == b"Email,import_error\r\nnobody,Email: Invalid email address: nobody\r\n"
    )


def test_an_interrupted_import_goes_on(run, site, file, monkeypatch):
    path = file("".join(["Email\n", *(f"n{n}@example.com\n" for n in range(5))]))
    monkeypatch.setattr(imports, "ROWS", 2)
    asked = iter([False, True])

    def interrupt(_command, _of):
        if next(asked, False):
            raise KeyboardInterrupt
        return False

    with monkeypatch.context() as patch:
        patch.setattr(COMMAND, "_show", interrupt)
        _, said = ended(130, "import", path)
    before = emails(site)
    out, errors = run("import", path)

    assert said == "\nInterrupted. The same command goes on from here.\n"
    assert (len(before), len(emails(site))) == (2, 5)
    assert errors == "Going on behind row 2.\n"
    assert out == "5 rows: 5 created, 0 changed, 0 left as they were, 0 refused.\n"


def test_an_interrupted_import_does_not_go_on_with_other_choices(run, file, monkeypatch):
    path = file("Email,Name\na@example.com,Ada\n")
    with monkeypatch.context() as patch:

        def interrupt(_command, _of):
            raise KeyboardInterrupt

        patch.setattr(COMMAND, "_show", interrupt)
        ended(130, "import", path)

    with pytest.raises(CommandError, match="is being imported with other choices"):
        run("import", path, "--on-match", "update")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["missing.csv"], "Cannot read missing.csv: No such file", id="no file"),
        pytest.param(["--map", "Email"], "write column=field", id="no pair"),
        pytest.param(["--map", "Shoe=email"], "The file has no column 'Shoe'.", id="no column"),
        pytest.param(["--map", "Name=shoe"], "Customers have no field 'shoe'.", id="no field"),
        pytest.param(["--match", "external_id"], "which no column fills", id="no key"),
        pytest.param(["--site", "nobody"], "There is no site 'nobody'", id="no site"),
    ],
)
def test_what_cannot_be_done_is_said(run, file, arguments, message):
    path = file("Email,Name\na@example.com,Ada\n")
    arguments = arguments if arguments[0] == "missing.csv" else [path, *arguments]

    with pytest.raises(CommandError, match=message):
        run("import", *arguments)


def test_a_file_that_breaks_off_ends_as_an_error(run, tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"Email\n" + b"\n" * 20_000 + b"\xff\n")

    with pytest.raises(CommandError, match="is no text in utf-8"):
        run("import", str(path))
