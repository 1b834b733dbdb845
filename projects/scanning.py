"""The hook for a virus scanner: `ATTACHMENT_SCANNER` names a function by its dotted path.

It takes the bytes and the name of a file and gives an empty text, or a sentence that says what
is wrong with it. A scanner that fails, or answers anything else, refuses the file.
"""

from __future__ import annotations

import logging

from django.conf import settings
from django.utils.module_loading import import_string

NOT_SCANNED = "病毒查杀没有完成，文件未上传。请稍后重试；仍不能上传的，请告知系统管理员。"

logger = logging.getLogger(__name__)


def problem(content: bytes, name: str) -> str:
    """Empty when the scanner lets the file pass, or when there is none."""
    path = settings.ATTACHMENT_SCANNER
    if not path:
        return ""
    try:
        told = import_string(path)(content, name)
    except Exception:
        logger.exception("The virus scanner %s failed.", path)
        return NOT_SCANNED
    if not isinstance(told, str):
        logger.error("The virus scanner %s answered %r, which is no text.", path, type(told))
        return NOT_SCANNED
    return f"病毒查杀未通过：{told}" if told else ""


def is_missing() -> bool:
    """Is a scanner named that cannot be called?"""
    path = settings.ATTACHMENT_SCANNER
    try:
        return bool(path) and not callable(import_string(path))
    except ImportError:
        return True
