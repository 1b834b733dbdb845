"""How series and parts differ without colour: markers, dashes, hatches."""

from __future__ import annotations

from django.utils.safestring import SafeString

from .picture import EMPTY, element, joined, number, path, rect

#: Dashes of lines, in the order of the series; the first is solid.
DASHES = (None, "10 5", "2 5", "12 4 2 4", "6 3")
#: Markers in the same order, each about a middle of 0, 0 and filling a circle of radius 1.
_MARKERS = (
    "M-1 0a1 1 0 1 0 2 0a1 1 0 1 0 -2 0z",
    "M-.9 -.9h1.8v1.8h-1.8z",
    "M0 -1.15L1.1 .85H-1.1z",
    "M0 -1.25L1.25 0L0 1.25L-1.25 0z",
    "M0 1.15L1.1 -.85H-1.1z",
)
MARKER_SIZE = 5


def dash(number: int) -> str | None:
    return DASHES[number % len(DASHES)]


def marker(number_: int, x: float, y: float, class_: str, size: float = MARKER_SIZE) -> SafeString:
    place = f"translate({number(x)} {number(y)}) scale({number(size)})"
    return path(_MARKERS[number_ % len(_MARKERS)], class_, transform=place)


#: Hatches of parts, each a dash of wide strokes and whether thin lines lie across it.
HATCHES: dict[str, tuple[str, bool]] = {
    "sparse": ("1.2 8", False),
    "upright": ("1.6 4", False),
    "lying": ("", True),
    "grid": ("1.2 5", True),
    "plain": ("", False),
}


def hatched(x: float, y: float, width: float, height: float, tone: str, hatch: str) -> SafeString:
    """A rectangle of that tone under its hatch.

    A hatch is one wide stroke cut up by its dashes: no pattern, whose id would have to be
    unique on a page of many pictures.
    """
    dashes, lies = HATCHES[hatch]
    pieces = [rect(x, y, width, height, f"part {tone}")]
    if dashes:
        middle = f"M{number(x + 2)} {number(y + height / 2)}H{number(x + width)}"
        pieces.append(path(middle, "hatch", stroke_width=float(height), stroke_dasharray=dashes))
    if lies:
        step = height / 4
        rows = "".join(
            f"M{number(x)} {number(y + step * n)}H{number(x + width)}" for n in (1, 2, 3)
        )
        pieces.append(path(rows, "hatch", stroke_width="1.2"))
    return joined(pieces) if width > 0 else EMPTY


#: The hatch of each tone that has one; any other is plain.
_TONES: dict[str, str] = {
    "phase-not-started": "sparse",
    "phase-preparing": "upright",
    "phase-under-way": "plain",
    "phase-done": "lying",
    "phase-stopped": "grid",
    "ledger-items": "upright",
    "ledger-industrial": "lying",
    "ledger-infrastructure": "grid",
    "light-yellow": "upright",
    "light-blue": "lying",
    "light-green": "sparse",
    "light-grey": "grid",
}


def hatch_of(tone: str) -> str:
    return _TONES.get(tone, "plain")


def sample(tone: str) -> SafeString:
    """A piece of that tone for a legend."""
    return element(
        "svg",
        hatched(0, 0, 22, 14, f"tone-{tone}", hatch_of(tone)),
        class_="sample",
        viewBox="0 0 22 14",
        aria_hidden="true",
    )
