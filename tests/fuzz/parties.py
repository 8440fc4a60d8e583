"""Two merchants who must never see anything of each other's, and a watch over what they are told."""

import re
import secrets
from collections import defaultdict
from random import Random  # seeded, so that a run can be had again

from customers.kit.tenancy import scoped_to
from tests.omise_client import OmiseClient
from tests.revkeen_client import RevkeenClient
from tests.v1_client import V1Client
from tests.v1_routes import seed

_MINTED = re.compile(r"\b([a-z]+)_(?:test_)?([0-9a-z]{24})\b")
_ADDRESS = re.compile(r"[\w.]+@[\w.-]+\.\w+")
_RECENT = 20  # ids of a kind that are offered again
_OWN, _NEW, _FOREIGN = (
    0.5,
    0.7,
    0.85,
)  # up to where a chance between 0 and 1 means a seeded id, a new one, another's


class _Renaming:
    """A client of which everybody whom the seeds name is this site's alone."""

    mark = ""

    def send(self, method, path, body=b"", *args, **kwargs):
        if isinstance(body, str):
            body = body.replace("jenny.rosen", f"jenny.{self.mark}").replace("Jenny", self.mark)
        return super().send(method, path, body, *args, **kwargs)


class _Client(_Renaming, V1Client):
    pass


class Party:
    """A new site, its keys, one object of each kind, and what it was told of.

    Args:
        made: a site and its keys.
    """

    def __init__(self, made):
        self.site, self.keys = made
        self.mark = f"m{secrets.token_hex(6)}"
        self.told = {self.site.pk}  # ids and addresses
        self._recent = defaultdict(list)
        self.api = _Client(self.keys["sk_test"])
        self.api.mark = self.mark
        self.ids = seed(self.api)
        self.ids.make_all()
        self._of_dialects = {}
        self.told |= {pk for pk in self.ids.values() if _MINTED.fullmatch(pk)}
        self.told.add(f"jenny.{self.mark}@example.com")
        self.omise = OmiseClient(self.keys["skey_test"])
        self.revkeen = RevkeenClient(self.keys["sk_test"])

    def of_dialect(self, name, seed_it):
        """Return the ids that a dialect's seeds have made for this site; they are made once."""
        if name not in self._of_dialects:
            with scoped_to(self.site, livemode=False):
                self._of_dialects[name] = Complete(seed_it())
        return self._of_dialects[name]

    def learn(self, text):
        """Note what an answer told of."""
        for prefix, key in _MINTED.findall(text):
            pk = f"{prefix}_{key}"
            if pk not in self.told:
                self.told.add(pk)
                self._recent[prefix] = [*self._recent[prefix][-_RECENT:], pk]

    def recent(self, like, chance: Random):
        """Return an id that begins as this one does and was told of lately; this one where there is none."""
        return chance.choice(self._recent[like.partition("_")[0]] or [like])

    def sees_of(self, other, asked, text):
        """Return what an answer tells of the other that the request did not name itself."""
        found = {f"{prefix}_{key}" for prefix, key in _MINTED.findall(text)}
        found |= set(_ADDRESS.findall(text))
        return {one for one in found & (other.told - self.told) if _key(one) not in asked}


def _key(one):
    """Return what ids have in common however a dialect spells them; of an address, all of it."""
    return one if "@" in one else one.rpartition("_")[2]


class Complete(dict):
    """Ids by the names of their kinds; a kind of which there is none has an id that leads nowhere."""

    def __missing__(self, name):
        return "nothing"


def offered(name, value, party: Party, other: Party, chance: Random):
    """Return what to send instead of a made-up id: one's own, the other's, or the made-up one."""
    own, foreign = party.ids.get(name), other.ids.get(name)
    if own is None or foreign is None:
        return value
    number = chance.random()
    if number < _OWN:
        return own
    if number < _NEW:
        return party.recent(own, chance)
    return foreign if number < _FOREIGN else value
