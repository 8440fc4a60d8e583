import io
import sys

import pytest
from django.core.management.base import CommandError

from customers.models import AuditEntry, Authenticator, Membership, Operator
from customers.services import second_factors

ADA = ("--email", "ada@example.com", "--role", "owner")


def roles(operator):
    rows = Membership.objects.filter(operator=operator).order_by("site")
    return list(rows.values_list("site", "role"))


@pytest.mark.parametrize("given", ["slug", "pk"])
def test_create_makes_somebody_who_may_sign_in(run, site, given):
    out, errors = run("operator", "create", *ADA, "--name", "Ada", "--site", getattr(site, given))

    ada = Operator.objects.get()
    assert (ada.email, ada.name) == ("ada@example.com", "Ada")
    assert roles(ada) == [(site.pk, "owner")]
    assert ada.check_password(out.strip())
    assert out.strip() not in errors


def test_create_takes_a_password_from_standard_input(run, site, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("correct horse battery staple\n"))

    out, _ = run("operator", "create", *ADA, "--site", "acme", "--password-stdin")

    assert out == ""
    assert Operator.objects.get().check_password("correct horse battery staple")


def test_create_gives_one_who_is_there_a_role_at_another_site(run, site, other):
    run("operator", "create", *ADA, "--site", "acme")
    password = Operator.objects.get().password

    out, _ = run(
        "operator", "create", "--email", "ADA@example.com", "--role", "support", "--site", "other"
    )

    ada = Operator.objects.get()
    assert roles(ada) == sorted([(site.pk, "owner"), (other[0].pk, "support")])
    assert (out, ada.password) == ("", password)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param((*ADA, "--site", "nowhere"), "There is no site 'nowhere'", id="site"),
        pytest.param(
            ("--email", "nobody", "--role", "owner", "--site", "acme"), "nobody", id="email"
        ),
        pytest.param(
            ("--email", "ada@example.com", "--role", "king", "--site", "acme"), "king", id="role"
        ),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(run, site, arguments, sentence):
    with pytest.raises(CommandError, match=sentence):
        run("operator", "create", *arguments)

    assert (Operator.objects.count(), Membership.objects.count()) == (0, 0)


def test_somebody_who_has_a_role_there_is_refused(run, site):
    run("operator", "create", *ADA, "--site", "acme")

    with pytest.raises(CommandError, match="is a member of Acme already"):
        run("operator", "create", *ADA, "--site", "acme")

    assert Membership.objects.count() == 1


def test_a_lost_second_factor_is_reset(run, site):
    run("operator", "create", *ADA, "--site", "acme")
    ada = Operator.objects.get()
    Authenticator.objects.create(user=ada, key=Authenticator.new_key(), name="App", confirmed=True)

    _, said = run("operator", "reset-second-factor", "--email", "ADA@example.com")

    assert second_factors.of(ada) is None
    assert said == "ada@example.com signs in with the password alone now, and was told.\n"
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.door, entry.object_label) == (
        "second_factor.reset", "command", "ada@example.com",
    )  # fmt: skip


@pytest.mark.parametrize("email", ["nobody@example.com", "ada@example.com"])
def test_there_must_be_one_to_reset(run, site, email):
    run("operator", "create", *ADA, "--site", "acme")

    with pytest.raises(CommandError):
        run("operator", "reset-second-factor", "--email", email)
