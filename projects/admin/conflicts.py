"""Two people at one form: the second is shown mine and theirs, and loses nothing typed.

Every field carries a hidden copy of what it showed when the page was opened (Django's
`show_hidden_initial`), so what a person changed can be told from what they merely had on
screen. When the version has moved on, the page comes back with the person's own changes
kept, everything else as the other left it, and nothing saved.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict


@dataclass(frozen=True)
class Difference:
    """A field that the other person changed, or that both did."""

    label: str
    mine: str
    theirs: str
    is_both: bool


def keep_initial(fields: Iterable[forms.Field]) -> None:
    """Have each field send back what it showed at first."""
    for field in fields:
        field.show_hidden_initial = True


def merge(form: forms.BaseForm, skip: frozenset[str]) -> list[Difference]:
    """Put into `form.data` what the other saved, except where this person typed.

    Returns the fields in which what is stored differs from what the person was shown,
    with both texts. `form.initial` is the row as it is now.
    """
    posted: Any = form.data
    data = posted.copy()
    mine = set(form.changed_data)
    found = []
    for name, field in form.fields.items():
        if name in skip:
            continue
        bound = form[name]
        theirs = field.prepare_value(form.get_initial_for_field(field, name))
        was = _posted(data, bound.html_initial_name, field)
        if _same(field, was, theirs):
            continue
        typed = _posted(data, bound.html_name, field)
        found.append(
            Difference(
                str(field.label or name), shown(field, typed), shown(field, theirs), name in mine
            )
        )
        put(data, bound.html_initial_name, field, theirs)
        if name not in mine:
            put(data, bound.html_name, field, theirs)
    form.data = data
    return found


def _posted(data: QueryDict, name: str, field: forms.Field) -> Any:
    if isinstance(field, forms.ModelMultipleChoiceField):
        return data.getlist(name)
    return data.get(name, "")


def _same(field: forms.Field, one: Any, other: Any) -> bool:
    return _texts(field, one) == _texts(field, other)


def _texts(field: forms.Field, value: Any) -> list[str]:
    """A value as the form would send it."""
    if value is None or value == "":
        return []
    if isinstance(value, bool):
        return ["on"] if value else []
    if isinstance(value, list | tuple | set):
        return sorted(str(getattr(v, "pk", v)) for v in value)
    if isinstance(field, forms.ModelMultipleChoiceField):
        return sorted(str(getattr(v, "pk", v)) for v in value)
    formatted = field.widget.format_value(value)
    if isinstance(formatted, list | tuple):
        return [str(v) for v in formatted if v not in ("", None)]
    return [str(formatted).replace("\r\n", "\n")]


def put(data: QueryDict, name: str, field: forms.Field, value: Any) -> None:
    """Write a value into posted data as the field's widget would send it."""
    texts = _texts(field, value)
    if isinstance(field, forms.ModelMultipleChoiceField):
        data.setlist(name, texts)
    elif isinstance(field, forms.BooleanField) and not texts:
        data.pop(name, None)
    else:
        data[name] = texts[0] if texts else ""


def shown(field: forms.Field, value: Any) -> str:
    """A posted or stored value in words."""
    texts = _texts(field, value)
    if isinstance(field, forms.ModelChoiceField):
        named: Any = field.queryset
        labels = {str(r.pk): str(r) for r in named.filter(pk__in=_keys(texts))}
        texts = [labels.get(text, text) for text in texts]
    elif isinstance(field, forms.ChoiceField):
        choices: Any = field.choices
        labels = {str(key): str(label) for key, label in choices}
        texts = [labels.get(text, text) for text in texts]
    return "、".join(texts) or "（空）"


def _keys(texts: list[str]) -> list[int]:
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 19]


Row = dict[str, list[str]]
#: Fields of a row that nobody types.
_KEYS = frozenset({"id", "entry", "DELETE"})


def merge_rows(
    data: QueryDict, prefix: str, stored: Any, label: str
) -> tuple[QueryDict, list[Difference]]:
    """Inline rows: mine where I typed, theirs elsewhere, rows the other added or removed too.

    `stored` is an unbound formset of the rows as they are now, `label` says what they are. A
    row that the other removed stays only if I had changed it, as a new row, so that nothing
    typed is lost. Returns the data, and what the other changed with both texts.
    """
    posted = _posted_rows(data, prefix)
    forms_now = {str(form.instance.pk): form for form in stored.initial_forms}
    on_screen = {row.get("id", [""])[0]: row for row in posted}
    merged: list[Row] = []
    found: list[Difference] = []
    for key, form in forms_now.items():
        mine = on_screen.get(key)
        merged.append(_merge_row(form, mine or {}))
        found += _row_differences(form, mine, label)
    for key, row in ((row.get("id", [""])[0], row) for row in posted):
        if key in forms_now:
            continue
        is_kept = "DELETE" not in row and _is_changed(row)
        if is_kept:
            merged.append({**row, "id": [""]})
        if key and "DELETE" not in row:
            text = _row_in_words(stored.empty_form, row)
            found.append(Difference(label, text, "（已删除）", is_kept))
    return _renumbered(data, prefix, merged, len(forms_now)), found


def _typed_fields(form: forms.BaseForm) -> list[tuple[str, forms.Field]]:
    return [(name, field) for name, field in form.fields.items() if name not in _KEYS]


def _merge_row(form: Any, mine: Row) -> Row:
    row: Row = {"id": [str(form.instance.pk)]}
    for name, field in _typed_fields(form):
        theirs = _now(form, name, field)
        typed, was = mine.get(name), mine.get(f"initial:{name}")
        row[f"initial:{name}"] = theirs
        row[name] = typed if typed is not None and typed != was else theirs
    if "DELETE" in mine:
        row["DELETE"] = mine["DELETE"]
    return row


def _now(form: Any, name: str, field: forms.Field) -> list[str]:
    """The stored value, as the form would send it."""
    return _texts(field, field.prepare_value(form.get_initial_for_field(field, name)))


def _row_differences(form: Any, mine: Row | None, label: str) -> list[Difference]:
    """What the other changed in a row since I was shown it; `mine` is None for a new one."""
    if mine is None:
        return [Difference(label, "（无）", str(form.instance), False)]
    found = []
    for name, field in _typed_fields(form):
        theirs = _now(form, name, field)
        was, typed = _first(mine, f"initial:{name}"), _first(mine, name)
        if not _same(field, was, theirs[0] if theirs else ""):
            title = f"{label}“{form.instance}”的{field.label}"
            texts = shown(field, typed), shown(field, theirs[0] if theirs else "")
            found.append(Difference(title, *texts, is_both=typed != was))
    if found and "DELETE" in mine:
        return [Difference(label, "（删除）", str(form.instance), True)]
    return found


def _row_in_words(form: forms.BaseForm, row: Row) -> str:
    typed = [(field, _first(row, name)) for name, field in _typed_fields(form)]
    return "，".join(shown(field, text) for field, text in typed if text)


def _first(row: Row, name: str) -> str:
    return (row.get(name) or [""])[0]


def _is_changed(row: Row) -> bool:
    names = [n for n in row if not n.startswith("initial:") and n not in _KEYS]
    return any(row[name] != row.get(f"initial:{name}", [""]) for name in names)


def _posted_rows(data: QueryDict, prefix: str) -> list[Row]:
    total = data.get(f"{prefix}-TOTAL_FORMS", "0")
    count = int(total) if total.isascii() and total.isdigit() else 0
    rows: list[Row] = [{} for _ in range(min(count, 1000))]
    for name, values in data.lists():
        is_initial = name.startswith("initial-")
        number, _, field = name.removeprefix("initial-").removeprefix(f"{prefix}-").partition("-")
        if not name.removeprefix("initial-").startswith(f"{prefix}-") or not number.isdecimal():
            continue
        if int(number) < len(rows):
            rows[int(number)][f"initial:{field}" if is_initial else field] = [
                str(v) for v in values
            ]
    return rows


def _renumbered(data: QueryDict, prefix: str, rows: list[Row], existing: int) -> QueryDict:
    fresh = QueryDict(mutable=True)
    for name, values in data.lists():
        if not name.removeprefix("initial-").startswith(f"{prefix}-"):
            fresh.setlist(name, values)
    for number, row in enumerate(rows):
        for name, values in row.items():
            is_initial = name.startswith("initial:")
            html = f"{prefix}-{number}-{name.removeprefix('initial:')}"
            fresh.setlist(f"initial-{html}" if is_initial else html, values)
    fresh[f"{prefix}-TOTAL_FORMS"] = str(len(rows))
    fresh[f"{prefix}-INITIAL_FORMS"] = str(existing)
    fresh[f"{prefix}-MIN_NUM_FORMS"] = "0"
    fresh[f"{prefix}-MAX_NUM_FORMS"] = "1000"
    return fresh
