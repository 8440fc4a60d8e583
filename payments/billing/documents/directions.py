"""Which way each character runs: the Unicode bidirectional algorithm.

python-bidi says how a line is displayed, but not which character went where, and that is what shaping needs. Its steps
are public, so they are run one by one up to the levels.
"""

import regex
from bidi import algorithm

_STRONG = regex.compile(r"[\p{bc=L}\p{bc=R}\p{bc=AL}]")
_RIGHT_TO_LEFT = regex.compile(r"[\p{bc=R}\p{bc=AL}\p{bc=AN}\p{bc=RLE}\p{bc=RLO}\p{bc=RLI}]")
# The library is of the time before isolates; an embedding does nearly the same.
_EMBEDDED = str.maketrans({"\u2066": "\u202a", "\u2067": "\u202b", "\u2069": "\u202c"})
_STRONG_CLASSES = {"L", "R", "AL", "LRE", "LRO", "RLE", "RLO", "PDF"}
_CLASSES = _STRONG_CLASSES | {"EN", "ES", "ET", "AN", "CS", "NSM", "BN", "B", "S", "WS", "ON"}
_FIRST_STRONG = "\u2068"


def levels(text: str, *, right_to_left: bool) -> list[int]:
    """Return each character's level: odd ones run to the left.

    A paragraph without such letters runs to the right on every page: "+66 2 123 4567" keeps its order. Another one runs
    as the page does if that runs to the left, else as its first letter does.

    Args:
        right_to_left: how the page runs.
    """
    if not _RIGHT_TO_LEFT.search(text):
        return [0] * len(text)
    base = 1 if right_to_left else _first_strong(text)
    storage = algorithm.get_empty_storage()
    storage["base_level"], storage["base_dir"] = base, "LR"[base]
    algorithm.get_embedding_levels(_embedded(text), storage)
    for place, character in enumerate(storage["chars"]):
        character["place"] = place
        if character["type"] not in _CLASSES:  # newer than Python's table of characters
            character["type"] = "ON"
    algorithm.explicit_embed_and_overrides(storage)
    algorithm.resolve_weak_types(storage)
    algorithm.resolve_neutral_types(storage, debug=False)
    algorithm.resolve_implicit_levels(storage, debug=False)
    return _filled(storage["chars"], len(text), base)


def visual_order(run_levels: list[int]) -> list[int]:
    """Return the places of a line's runs from left to right (rule L2)."""
    order = list(range(len(run_levels)))
    odd = [level for level in run_levels if level % 2]
    for level in range(max(run_levels, default=0), min(odd, default=1) - 1, -1):
        order = _turned(order, run_levels, level)
    return order


def _turned(order: list[int], run_levels: list[int], level: int) -> list[int]:
    turned: list[int] = []
    held: list[int] = []
    for place in order:
        if run_levels[place] >= level:
            held.insert(0, place)
        else:
            turned += [*held, place]
            held = []
    return turned + held


def _first_strong(text: str) -> int:
    found = _STRONG.search(text)
    return 1 if found and _RIGHT_TO_LEFT.match(found.group()) else 0


def _embedded(text: str) -> str:
    parts = text.translate(_EMBEDDED).split(_FIRST_STRONG)
    opened = ["\u202b" if _first_strong(part) else "\u202a" for part in parts[1:]]
    return parts[0] + "".join(mark + part for mark, part in zip(opened, parts[1:], strict=True))


def _filled(characters: list[dict[str, int]], length: int, base: int) -> list[int]:
    known = {character["place"]: character["level"] for character in characters}
    filled: list[int] = []
    for place in range(length):  # marks of direction have no level of their own
        filled.append(known.get(place, filled[-1] if filled else base))
    return filled
