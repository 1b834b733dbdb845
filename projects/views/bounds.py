"""How large a body may be that anyone sends: looked at before any of it is spooled."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

from .. import proof

#: What a form says beside its file.
REST = 2 * 2**20


class BoundedBody(FileUploadHandler):
    """First of the upload handlers; the others then keep what passes."""

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: Any = None
    ) -> None:
        largest = max(proof.FILE_LIMIT, settings.ATTACHMENT_LIMIT) + REST
        if content_length > largest:
            raise RequestDataTooBig(
                f"上传的内容超过{largest // 2**20}MB，系统没有接收，请压缩或拆分后再上传。"
            )

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
