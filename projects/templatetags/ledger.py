"""What templates need beyond values."""

from __future__ import annotations

from decimal import Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from .. import text
from ..briefing.parts import Piece
from ..statistics import Tally

register = template.Library()


@register.simple_tag
def tally(counted: Tally, css: str = "tally") -> SafeString:
    """A count as a link to exactly its rows: `<a href="/…" data-count="12">12</a>`."""
    return format_html(
        '<a class="{}" href="{}" data-count="{}" title="{}">{}</a>',
        css,
        counted.href,
        counted.count,
        f"{counted.label}：查看这{counted.count}条",
        counted.count,
    )


@register.simple_tag
def told(piece: Piece) -> str:
    """A piece of a brief, a count or name as a link; no blank comes before or after it."""
    if piece.tally and piece.tally.href:
        return tally(piece.tally)
    if piece.href:
        return format_html('<a href="{}">{}</a>', piece.href, piece.text)
    return piece.text


@register.filter
def amount(value: Decimal | str) -> str:
    """An amount in 万元 with thousands apart and without trailing zeros: `133,840`, `12.5`."""
    return text.number(value, apart=True) if isinstance(value, Decimal) else value
