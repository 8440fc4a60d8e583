"""Signing in: password, second step, lockout; and the second factor's own pages."""

import re
import time

import pytest
from axes.models import AccessAttempt
from django.core import mail
from django.test import Client
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticToken

from customers.kit import clock
from customers.kit.tenancy import every_site
from customers.models import (
    AuditEntry,
    Authenticator,
    Membership,
    Message,
    Operator,
    RecoveryCodes,
    Role,
)
from customers.services import messages, operators, second_factors
from tests.sign_in import signs_in

PASSWORD = "plum orchard 42 lanterns"
LOGIN, CODE, HOME = "/admin/login/", "/admin/login/code/", "/admin/"
PAGE, SET_UP = "/admin/second-factor/", "/admin/second-factor/set-up/"


def code(operator, *, ahead=0):
    """Return what the operator's app shows, as if the codes before were long ago."""
    Authenticator.objects.filter(user=operator).update(last_t=-1, throttling_failure_count=0)
    totp = TOTP(Authenticator.objects.get(user=operator).bin_key)
    totp.time = time.time() + ahead
    return f"{totp.token():06}"


def actions():
    return list(AuditEntry.objects.order_by("id").values_list("action", flat=True))


@pytest.fixture
def robin(operator_with):
    operator = operator_with(Role.OWNER, email="robin@example.com")
    operator.set_password(PASSWORD)
    operator.save()
    return operator


@pytest.fixture
def codes(robin):
    """Give Robin a second factor, and return the recovery codes."""
    offer = second_factors.offer(robin)
    totp = TOTP(Authenticator(key=offer.key).bin_key)
    totp.time = time.time()
    return second_factors.set_up(
        robin, offer.key, str(totp.token()).zfill(6), session="", at=clock.now()
    )


def is_in(client):
    return client.get(HOME).status_code == 200


def test_the_password_signs_in_who_has_no_second_factor(client, robin):
    assert signs_in(client, "Robin@example.com", PASSWORD)

    assert is_in(client)
    assert actions() == ["sign_in.succeeded"]


def test_the_password_alone_opens_nothing_for_who_has_one(client, robin, codes):
    answer = client.post(f"{LOGIN}?next=/admin/customers/customer/", {
        "username": robin.email, "password": PASSWORD, "next": "/admin/customers/customer/",
    })  # fmt: skip

    assert answer.url == CODE
    assert not is_in(client)
    on = client.post(CODE, {"code": code(robin)})
    assert on.url == "/admin/customers/customer/"
    assert is_in(client)


def test_a_recovery_code_works_once(robin, codes):
    for expected in (302, 200):
        client = Client()
        signs_in(client, robin.email, PASSWORD)
        RecoveryCodes.objects.update(throttling_failure_count=0)
        answer = client.post(CODE, {"code": codes[3].upper().replace("-", " ")})
        assert answer.status_code == expected

    assert second_factors.codes_left(robin) == 9


def test_a_wrong_code_is_told_of_and_slows_down_the_next(client, robin, codes):
    signs_in(client, robin.email, PASSWORD)
    right = code(robin)

    wrong = client.post(CODE, {"code": "000000" if right != "000000" else "111111"})
    soon = client.post(CODE, {"code": right})

    assert (wrong.status_code, soon.status_code) == (200, 429)
    assert not is_in(client)
    assert actions()[-1] == "sign_in.code_failed"


def test_a_code_is_not_taken_twice(robin, codes):
    first, second = Client(), Client()
    right = code(robin)
    for browser in (first, second):
        signs_in(browser, robin.email, PASSWORD)

    answers = [browser.post(CODE, {"code": right}).status_code for browser in (first, second)]

    assert answers == [302, 200]


def test_the_second_step_is_for_who_knew_the_password(client, robin, codes):
    assert client.get(CODE).url == LOGIN
    assert client.post(CODE, {"code": code(robin)}).url == LOGIN


def test_the_second_step_ends_with_the_password(client, robin, codes):
    signs_in(client, robin.email, PASSWORD)
    robin.set_password("another orchard 43")
    robin.save()

    assert client.get(CODE).url == LOGIN


def test_nothing_at_rest_tells_key_or_codes(robin, codes):
    device = Authenticator.objects.get(user=robin)
    stored = [device.key, *StaticToken.objects.values_list("token", flat=True)]

    assert device.bin_key.hex() not in device.key
    assert len(stored) == 11
    assert not {text.replace("-", "") for text in codes} & set(stored)


# -- Guessing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("email", ["robin@example.com", "nobody@example.com"])
def test_who_guesses_waits_whether_there_is_an_account_or_not(client, robin, email):
    said = [client.post(LOGIN, {"username": email, "password": f"wrong {n}"}) for n in range(5)]
    after = client.post(LOGIN, {"username": email.upper(), "password": PASSWORD})

    assert [answer.status_code for answer in said] == [200, 200, 200, 200, 429]
    assert (after.status_code, after["Retry-After"]) == (429, "900")
    assert b"Too many tries" in after.content
    assert not is_in(client)


def test_who_has_to_wait_fills_no_log(client, robin):
    for n in range(8):
        client.post(LOGIN, {"username": robin.email, "password": f"wrong {n}"})

    assert actions() == ["sign_in.failed"] * 5


def test_another_account_or_network_does_not_wait(client, robin):
    for n in range(5):
        client.post(LOGIN, {"username": "nobody@example.com", "password": f"wrong {n}"})
        client.post(LOGIN, {"username": robin.email, "password": str(n)}, REMOTE_ADDR="192.0.2.9")

    assert signs_in(client, robin.email, PASSWORD)


def test_failures_keep_neither_account_nor_what_was_sent(client, robin, caplog):
    client.post(LOGIN, {"username": robin.email, "password": "a secret mistake"})

    (row,) = AccessAttempt.objects.values()
    assert (row["get_data"], row["post_data"], row["http_accept"]) == ("", "", "")
    assert "robin" not in str(row)
    assert "mistake" not in str(row) + caplog.text
    assert actions() == ["sign_in.failed"]


@pytest.mark.parametrize("forwarded", ["198.51.100.7, 203.0.113.9", "203.0.113.9"])
def test_behind_a_proxy_the_address_is_the_one_that_it_saw(client, robin, settings, forwarded):
    settings.BEHIND_PROXY = True

    client.post(LOGIN, {"username": robin.email, "password": "x"}, HTTP_X_FORWARDED_FOR=forwarded)

    assert AccessAttempt.objects.get().ip_address == "203.0.113.9"


def test_without_a_proxy_nobody_says_where_they_are(client, robin):
    client.post(LOGIN, {"username": robin.email, "password": "x"}, HTTP_X_FORWARDED_FOR="192.0.2.1")

    assert AccessAttempt.objects.get().ip_address == "127.0.0.1"


# -- The pages ---------------------------------------------------------------------------------------------------------


def test_an_app_is_set_up_and_codes_are_shown_once(client, robin):
    client.force_login(robin)
    other = Client()
    other.force_login(robin)
    offer = client.get(SET_UP).context["offer"]
    totp = TOTP(Authenticator(key=offer.key).bin_key)
    totp.time = time.time()

    answer = client.post(SET_UP, {"code": f"{totp.token():06}"}, follow=True)

    shown = re.findall(r"<li><code>([a-z2-9-]{14})</code>", answer.content.decode())
    assert len(set(shown)) == 10
    assert shown[0] not in client.get(PAGE).content.decode()
    assert (is_in(client), is_in(other)) == (True, False)
    assert actions() == ["second_factor.set_up", "secret.shown"]


def test_the_picture_needs_no_style(client, robin):
    client.force_login(robin)

    page = client.get(SET_UP)

    assert "<svg" in page.context["offer"].picture
    assert "style=" not in page.content.decode()
    assert page.context["offer"].key not in page.content.decode()


def test_a_wrong_code_sets_up_nothing(client, robin):
    client.force_login(robin)
    before = client.get(SET_UP).context["offer"].typed

    answer = client.post(SET_UP, {"code": "12345"})

    assert answer.context["form"].errors == {
        "code": ["This code is not right. Take the one that the app shows now."]
    }
    assert answer.context["offer"].typed == before
    assert second_factors.of(robin) is None


def enter(client, robin):
    signs_in(client, robin.email, PASSWORD)
    client.post(CODE, {"code": code(robin)})


def test_recovery_codes_are_renewed(client, robin, codes):
    enter(client, robin)

    answer = client.post("/admin/second-factor/codes/", {"code": code(robin)}, follow=True)

    assert len(answer.context["codes"]) == 10
    assert not set(answer.context["codes"]) & set(codes)
    assert second_factors.codes_left(robin) == 10


@pytest.mark.parametrize(
    ("password", "right", "left"), [("wrong", True, True), (PASSWORD, False, True), (PASSWORD, True, False)]
)  # fmt: skip
def test_it_takes_password_and_code_to_remove_it(client, robin, codes, password, right, left):
    enter(client, robin)
    said = code(robin) if right else "12345"

    client.post("/admin/second-factor/remove/", {"code": said, "password": password})

    assert (second_factors.of(robin) is not None) is left


def test_a_wrong_code_counts_though_nothing_is_done(client, robin, codes):
    enter(client, robin)

    client.post("/admin/second-factor/remove/", {"code": "wrong-code", "password": PASSWORD})

    assert RecoveryCodes.objects.get().throttling_failure_count == 1


def test_a_site_that_asks_for_it_leads_there_first(client, robin, site):
    site.requires_second_factor = True
    site.save()
    client.force_login(robin)

    answers = [client.get(url) for url in (HOME, "/admin/customers/customer/", SET_UP)]

    assert [getattr(answer, "url", answer.status_code) for answer in answers] == [
        SET_UP, SET_UP, 200,
    ]  # fmt: skip
    assert client.post("/admin/customers/customer/add/", {}).url == SET_UP


def test_a_session_from_before_signs_in_anew(client, robin, codes, site):
    site.requires_second_factor = True
    site.save()
    client.force_login(robin)

    answer = client.get(HOME, follow=True)

    assert answer.redirect_chain[-1] == ("/admin/login/?next=/admin/second-factor/", 302)


def test_who_has_shown_it_goes_on(client, robin, codes, site):
    site.requires_second_factor = True
    site.save()

    enter(client, robin)

    assert is_in(client)


def test_the_sign_in_of_a_run_is_not_asked(client, site, db):
    site.requires_second_factor = True
    site.save()

    signs_in(client, *operators.for_this_run(at=clock.now()))

    assert is_in(client)


def test_only_owners_say_whether_the_site_asks(signed_in, site):
    policy = "/admin/customers/membership/policy/"

    refused = signed_in(Role.ADMIN).post(policy, {"requires_second_factor": "on"})
    done = signed_in(Role.OWNER).post(policy, {"requires_second_factor": "on"})

    site.refresh_from_db()
    assert (refused.status_code, done.status_code, site.requires_second_factor) == (403, 302, True)
    entry = AuditEntry.objects.get(action="membership.policy")
    assert (entry.before, entry.after) == (
        {"requires_second_factor": False}, {"requires_second_factor": True},
    )  # fmt: skip


def test_an_administrator_resets_a_members_and_the_member_is_told(signed_in, operator_with):
    member = operator_with(Role.SUPPORT)
    offer = second_factors.offer(member)
    Authenticator.objects.create(user=member, key=offer.key, name="App", confirmed=True)
    row = Membership.objects.get(operator=member)
    theirs = Client()
    theirs.force_login(member)

    answer = signed_in(Role.ADMIN).post(
        f"/admin/customers/membership/{row.pk}/second-factor/", {"reason": "Lost the phone"}
    )

    assert answer.status_code == 302
    assert (second_factors.of(member), is_in(theirs)) == (None, False)
    entry = AuditEntry.objects.get(action="second_factor.reset")
    assert (entry.actor, entry.object_label, entry.reason) == (
        "admin@example.com", member.email, "Lost the phone",
    )  # fmt: skip
    messages.send_by_id(_the_letter().pk, at=clock.now())
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == ([member.email], "Your second factor was reset")


def _the_letter():
    with every_site():
        return Message.objects.get()


def test_an_administrator_resets_no_owners(signed_in, robin, codes):
    row = Membership.objects.get(operator=robin)

    answer = signed_in(Role.ADMIN).post(
        f"/admin/customers/membership/{row.pk}/second-factor/", {"reason": "Mine now"}
    )

    assert answer.status_code == 403
    assert second_factors.of(robin) is not None


def test_a_password_change_ends_other_sessions(client, robin):
    other = Client()
    for browser in (client, other):
        browser.force_login(robin)
    new = "another orchard 43"

    client.post("/admin/password/", {
        "old_password": PASSWORD, "new_password1": new, "new_password2": new,
    })  # fmt: skip

    assert (is_in(client), is_in(other)) == (True, False)
    assert actions() == ["password.changed"]
    assert Operator.objects.get(pk=robin.pk).check_password(new)
