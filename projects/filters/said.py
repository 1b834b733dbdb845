"""A filter in words, and its address with something changed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from django.http import QueryDict

if TYPE_CHECKING:
    from ..models import Book


@dataclass(frozen=True)
class Pill:
    """One condition in words, with the address that takes it off."""

    label: str
    value: str
    remove_href: str


class Problem(NamedTuple):
    label: str
    message: str


class Said:
    """Methods of a filter that has a `book`, a `form` and what was `given`."""

    UNSAID: Collection[str]
    book: Book
    given: QueryDict
    form: Any
    filters: Any

    def said(self) -> list[tuple[str, str, str]]:
        """Parameter, label and value in words, of each condition given."""
        found = []
        for name in self.given:
            if name in self.UNSAID or name not in self.filters:
                continue
            labels = dict(getattr(self.form.fields[name], "choices", ()))
            values = [str(labels.get(value, value)) for value in self.given.getlist(name)]
            if name == "as_of" and self.book.as_of:
                values = [self.book.as_of.words]
            found.append((name, str(self.filters[name].label), "、".join(values)))
        return found

    def in_words(self) -> str:
        """The conditions as a sentence, for headings and exports."""
        words = "；".join(f"{label}：{value}" for _, label, value in self.said())
        return words or "全部（未设条件）"

    def pills(self) -> list[Pill]:
        return [Pill(label, value, self.href(**{name: None})) for name, label, value in self.said()]

    def href(self, **changed: Any) -> str:
        """The address with some parameters replaced (None takes one off); page 1 again."""
        query = self.given.copy()
        query.pop("page", None)
        for name, value in changed.items():
            query.pop(name, None)
            if value is not None:
                query.setlist(name, value if isinstance(value, list) else [str(value)])
        return f"?{query.urlencode()}"

    def carried(self) -> str:
        """The parameters as an export takes them over."""
        query = self.given.copy()
        for name in ("page", "page_size"):
            query.pop(name, None)
        return query.urlencode()
