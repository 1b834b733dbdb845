"""What is attached: a file is examined when it comes in, and its bytes are stored once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models

from .. import filekinds, scanning
from ..choices import FileKind


class AttachmentRefused(ValidationError):
    """A file that may not be attached or withdrawn; every reason at once."""


def megabytes(size: int) -> str:
    """A limit in words: `20MB`."""
    return f"{size / 2**20:g}MB"


def too_large() -> str:
    return f"文件超过{megabytes(settings.ATTACHMENT_LIMIT)}，请压缩或拆分后再上传。"


class AttachmentContent(models.Model):
    """The bytes of files that were attached, once each; appended, never changed."""

    sha256 = models.CharField("摘要", max_length=64, primary_key=True)
    content = models.BinaryField("内容")

    class Meta:
        verbose_name = verbose_name_plural = "附件内容"

    def __str__(self) -> str:
        return self.sha256

    @property
    def is_sound(self) -> bool:
        """Is it what its digest says?"""
        return hashlib.sha256(self.content).hexdigest() == self.sha256


def keep_content(sha256: str, content: bytes) -> None:
    """Store the bytes unless they are there; in the caller's transaction."""
    if not AttachmentContent.objects.filter(sha256=sha256).exists():
        # Two people may bring the same file at once.
        made = AttachmentContent(sha256=sha256, content=content)
        AttachmentContent.objects.bulk_create([made], ignore_conflicts=True)


@dataclass(frozen=True)
class Upload:
    """A file as it was handed in, with what is found out about it."""

    content: bytes
    name: str
    kind: FileKind
    sha256: str

    @classmethod
    def examined(cls, content: bytes, given_name: str) -> Upload:
        """Raises `AttachmentRefused` with every reason; the scanner is asked last."""
        name = filekinds.cleaned(given_name)
        problems = [] if name else ["文件没有可用的名称，请改名后再上传。"]
        if not content:
            problems.append("文件是空的，请重新选择。")
        if len(content) > settings.ATTACHMENT_LIMIT:
            problems.append(too_large())
        if problems:
            raise AttachmentRefused(problems)
        kind = cls._kind(content, name)
        if told := scanning.problem(content, name):
            raise AttachmentRefused(told)
        return cls(content, name, kind, hashlib.sha256(content).hexdigest())

    @staticmethod
    def _kind(content: bytes, name: str) -> FileKind:
        try:
            kind = filekinds.kind_of(content)
        except filekinds.FileRefused as refusal:
            raise AttachmentRefused([f"“{name}”：{refusal}", filekinds.ALLOWED]) from None
        if not filekinds.agrees(kind, name):
            endings = "、".join(f".{ending}" for ending in filekinds.EXTENSIONS[kind])
            raise AttachmentRefused(
                f"“{name}”的内容是{kind.label}，与扩展名不符；请将扩展名改为{endings}，"
                "或者重新选择文件。"
            )
        return kind
