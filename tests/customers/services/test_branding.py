"""Branding: colours that can be read, and logos that are kept once."""

import pytest
from django.core import mail

from customers.kit.errors import InvalidRequest, NotFound
from customers.kit.tenancy import scoped_to
from customers.models import Logo, Message, Site
from customers.services import branding, letters, messages
from tests.factories.pictures import jpeg, png


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#ffffff", 21), ("#ffffff", "#ffffff", 1), ("#777777", "#ffffff", 4.48)],
)
def test_contrast_is_that_of_wcag(one, other, ratio):
    assert round(branding.contrast(one, other), 2) == ratio
    assert branding.contrast(one, other) == branding.contrast(other, one)


@pytest.mark.parametrize(
    ("color", "text"),
    [
        ("#000000", "#ffffff"), ("#17493c", "#ffffff"), ("#ffffff", "#14181f"), ("#ffe600", "#14181f"),
        ("#d0021b", "#ffffff"),
    ],
)  # fmt: skip
def test_text_on_the_sites_colour_can_be_read(color, text):
    assert branding.ink_on(color) == text


@pytest.mark.parametrize("ground", [branding.LIGHT, branding.DARK])
@pytest.mark.parametrize(
    "color", ["#17493c", "#ffe600", "#ffffff", "#000000", "#7a7a7a", "#e91e63"]
)
def test_a_tone_can_be_read_on_its_ground(ground, color):
    tone = branding.tone_on(ground, color)

    assert branding.contrast(tone, ground) >= 4.5
    assert branding.contrast(color, ground) < 4.5 or tone == color


def test_a_logo_is_kept_once_and_named_after_its_content(site, at):
    for _time in range(2):
        branding.update(site, details={}, logos={"light_logo": png(4, 2)}, at=at)

    (logo,) = Logo.objects.all()
    site.refresh_from_db()
    assert (logo.name, bytes(logo.content)) == (site.light_logo, png(4, 2))
    assert branding.logos_of(site) == [("any", logo.name)]


def test_another_logo_leaves_the_one_that_was_sent_in_emails(site, at):
    branding.update(site, details={}, logos={"light_logo": png(4, 2)}, at=at)
    before = Site.objects.get(pk=site.pk).light_logo

    branding.update(
        site, details={}, logos={"light_logo": jpeg(4, 2), "dark_logo": png(4, 2)}, at=at
    )

    site.refresh_from_db()
    assert branding.logos_of(site) == [("light", site.light_logo), ("dark", before)]


def test_what_is_no_picture_changes_nothing(site, at):
    with pytest.raises(InvalidRequest, match="neither a PNG nor a JPEG") as refusal:
        branding.update(site, details={"name": "X"}, logos={"dark_logo": b"<svg/>"}, at=at)

    assert refusal.value.param == "dark_logo"
    assert (Site.objects.get(pk=site.pk).name, Logo.objects.count()) == ("Acme", 0)


def test_a_logo_is_its_sites(site, other, at):
    branding.update(site, details={}, logos={"light_logo": png(4, 2)}, at=at)
    name = Site.objects.get(pk=site.pk).light_logo

    with pytest.raises(NotFound):
        branding.logo(other[0], name)


def test_a_letter_brings_its_logo_along(site, at):
    site = branding.update(site, details={}, logos={"light_logo": png(4, 2)}, at=at)
    to = letters.reader_of(["en"], site, livemode=False)
    letter = letters.example(to, Message.Kind.RECEIPT, {}, at=at)

    with scoped_to(site, livemode=False):
        row = messages.queue_written(
            Message.Kind.RECEIPT, letter, site=site, livemode=False, to="me@example.com", at=at
        )
        messages.send(row, at=at)

    (sent,) = mail.outbox
    (part,) = sent.attachments
    assert part["Content-ID"] == f"<{site.light_logo}@logo>"
    assert part.get_payload(decode=True) == png(4, 2)
    assert letters.logo_names(letter.html) == [site.light_logo]
    assert f'src="/portal/acme/logo/{site.light_logo}"' in letters.with_logos_from(
        letter.html, site
    )
