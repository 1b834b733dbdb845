"""A brief as a .docx: what a bulletin says, filled into the template that is in use."""

from .documents import Document, document
from .layout import built_in

__all__ = ["Document", "built_in", "document"]
