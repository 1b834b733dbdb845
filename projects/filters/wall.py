"""What `/wall/` takes: which screen, how long it stays, which slides, light or dark."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict

from ..wall import Slide
from .entries import without_empty
from .fields import NO_SUCH, CountField
from .said import Problem
from .strict import StrictForm, several

FASTEST, SLOWEST, USUAL = 10, 120, 20
SCREENS_MOST = 999
_SECONDS = re.compile(r"[0-9]{2,3}", re.ASCII)
THEMES = (("dark", "深色"), ("light", "浅色"))


class SecondsField(forms.CharField):
    def clean(self, value: Any) -> int:
        written = super().clean(value)
        if not written:
            return USUAL
        if not _SECONDS.fullmatch(written) or not FASTEST <= int(written) <= SLOWEST:
            raise forms.ValidationError(
                f"“{written}”不可用，请写{FASTEST}至{SLOWEST}之间的整数（秒）。"
            )
        return int(written)


class WallFilter(StrictForm):
    repeatable: ClassVar[frozenset[str]] = frozenset({"slides"})
    page = None  # type: ignore[assignment]

    slide = CountField(label="第几屏", required=False, most=SCREENS_MOST)
    every = SecondsField(label="每屏秒数", required=False)
    slides = several("内容", Slide.choices)
    theme = forms.ChoiceField(
        label="配色",
        required=False,
        choices=THEMES,
        error_messages={"invalid_choice": NO_SUCH},
    )

    def __init__(self, data: QueryDict) -> None:
        super().__init__(without_empty(data))

    @property
    def problems(self) -> list[Problem]:
        return [
            Problem(str(self.fields[name].label) if name in self.fields else "条件", str(message))
            for name, messages in self.errors.items()
            for message in messages
        ]

    @property
    def chosen(self) -> tuple[Slide, ...]:
        return tuple(Slide(value) for value in self.cleaned_data["slides"])

    @property
    def kept(self) -> dict[str, Any]:
        """What every screen takes over from the one before it."""
        given: Any = self.data
        return {name: values for name, values in given.lists() if name != "slide"}
