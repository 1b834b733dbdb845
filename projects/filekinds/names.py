"""The name of a file that came from elsewhere, made safe to keep, show and save under."""

from __future__ import annotations

import re
import unicodedata

#: As long as every file system takes it, with room for what a browser adds.
LENGTH = 80
_RESERVED = re.compile(r'[<>:"|?*/\\]')
#: Names that Windows gives to devices, whatever their ending.
_DEVICE = re.compile(r"\A(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|\Z)", re.I)
#: Controls, invisible marks and overrides of direction, half characters, line ends.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
#: A longer ending is a part of the name.
_ENDING = 8


def cleaned(name: str) -> str:
    """The name without folders, controls and overrides, in NFC and not too long.

    Empty when nothing is left of it.
    """
    last = re.split(r"[/\\]", name)[-1]
    seen = "".join(c for c in last if not _is_unseen(c))
    whole = _RESERVED.sub("_", unicodedata.normalize("NFC", seen))
    whole = re.sub(r"\s+", " ", whole).strip(" .")
    stem, dot, extension = whole.rpartition(".")
    if len(extension) > _ENDING or not dot:
        stem, dot, extension = whole, "", ""
    stem = stem[: LENGTH - len(dot + extension)].rstrip(" .")
    return _DEVICE.sub(r"_\1", f"{stem}{dot}{extension.lower()}") if stem else ""


def _is_unseen(character: str) -> bool:
    is_no_character = ord(character) & 0xFFFE == 0xFFFE
    return is_no_character or unicodedata.category(character) in _UNSEEN


def extension_of(name: str) -> str:
    """What stands after the last dot, in small letters."""
    stem, _, extension = name.rpartition(".")
    return extension.lower() if stem else ""
