"""Why a file is not taken in: sentences, and words of the file that may stand in them."""

from __future__ import annotations

from .limits import CELLS

SAVE_ANEW = "请用 Excel 或 WPS 打开，另存为 .xlsx 后重新上传"
TOO_MANY = f"中有内容的单元格超过{CELLS}个，请分成几个文件上传。"
BROKEN = f"已损坏或不完整，{SAVE_ANEW}。"


class Refused(Exception):
    """The file is not taken in; `sentence` says why, and the way out."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Bad(Exception):
    """What is wrong, as the rest of a sentence whose subject is the file."""


def base(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2]


def shown(words: str, length: int = 60) -> str:
    """Words out of the file as they may stand in a sentence."""
    safe = "".join(c for c in words if c.isprintable())
    return safe if len(safe) <= length else f"{safe[:length]}……"
