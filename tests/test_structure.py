"""The shape of the code: one door for a status, one place for its words, one wall for login."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.urls import URLResolver, get_resolver

from projects.choices import STATUS_LABELS

PROJECTS: Path = settings.BASE_DIR / "projects"
SOURCES = {
    str(path.relative_to(PROJECTS)): path.read_text(encoding="utf-8")
    for path in sorted(PROJECTS.rglob("*.py"))
    if "migrations" not in path.parts
}
TEMPLATES = {
    str(path.relative_to(settings.BASE_DIR)): path.read_text(encoding="utf-8")
    for path in sorted((settings.BASE_DIR / "templates").rglob("*.html"))
}

#: What only the door may write.
OF_THE_DOOR = {
    *("status", "status_on", "status_by_id"),
    *("requested_status", "requested_by_id", "halted_from"),
}
#: Words of a queryset that write.
WRITING = {"update", "bulk_update", "update_or_create", "create", "get_or_create", "defaults"}


# --- who writes a status --------------------------------------------------------------------------


def written(tree: ast.AST) -> Iterator[str]:
    """The names of the attributes and columns that this code writes."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name, ctx=ast.Store() | ast.Del()):
                yield name
            case ast.Call(func=ast.Name("setattr"), args=[_, ast.Constant(value=str(name)), *_]):
                yield name
            case ast.Call(func=ast.Attribute(attr=word)) if word in WRITING:
                yield from (keyword.arg for keyword in node.keywords if keyword.arg)
                yield from (
                    part.value
                    for argument in (*node.args, *(k.value for k in node.keywords))
                    for part in ast.walk(argument)
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                )


def writers(sources: dict[str, str], names: set[str]) -> dict[str, set[str]]:
    """Each file that writes one of the names, and which."""
    found = {path: names & set(written(ast.parse(text))) for path, text in sources.items()}
    return {path: those for path, those in found.items() if those}


def test_no_other_module_writes_a_status():
    assert writers(SOURCES, OF_THE_DOOR) == {
        "models/steps.py": OF_THE_DOOR,
        "models/ledger.py": {"status"},  # the first, in `begin`
        "seeding.py": {"status_on"},  # since when it stood so when the books were opened
    }


def test_the_ledger_writes_only_the_first_status():
    tree = ast.parse(SOURCES["models/ledger.py"])
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert [f.name for f in functions if "status" in set(written(f))] == ["begin"]


@pytest.mark.parametrize(
    "line",
    [
        "entry.status = 'launched'",
        "entry.status, other = 'launched', 1",
        "entry.status += 'x'",
        "entry.status: str = 'launched'",
        "del entry.status",
        "setattr(entry, 'status', 'launched')",
        "LedgerEntry.objects.filter(pk=1).update(status='launched')",
        "rows.bulk_update(entries, ['name', 'status'])",
        "rows.update_or_create(pk=1, defaults={'status': 'launched'})",
    ],
)
def test_another_writer_would_be_found(line):
    assert writers({"views/new.py": line}, OF_THE_DOOR) == {"views/new.py": {"status"}}


@pytest.mark.parametrize(
    "line",
    [
        "shown = entry.status",
        "render(request, template, status=400)",
        "rows.filter(status='launched')",
        "if entry.status == other.status: pass",
    ],
)
def test_who_only_reads_a_status_is_no_writer(line):
    assert writers({"views/new.py": line}, OF_THE_DOOR) == {}


# --- who spells a status --------------------------------------------------------------------------

#: Also the names of dates: `signed_on`, `finished_on`.
ALSO_DATES = {"signed", "finished"}


def spelled(text: str) -> set[str]:
    """The status slugs that stand in this code as literals."""
    constants = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant))
    return {str(node.value) for node in constants} & set(STATUS_LABELS) - ALSO_DATES


def test_no_module_but_the_choices_spells_a_status():
    found = {path: spelled(text) for path, text in SOURCES.items() if path != "choices.py"}
    assert {path: slugs for path, slugs in found.items() if slugs} == {
        "statistics.py": {"launched"},  # the name of a share, which counts several statuses
    }
    assert spelled(SOURCES["choices.py"]) == set(STATUS_LABELS) - ALSO_DATES


def test_no_template_compares_with_a_status():
    quoted = re.compile(r"""[{]%[^%]*["']([a-z-]+)["']""")
    found = {path: set(quoted.findall(text)) for path, text in TEMPLATES.items()}
    assert {path: words for path, words in found.items() if words & set(STATUS_LABELS)} == {}
    assert found["templates/_partials/_table.html"]  # quoted words are found where there are any


def test_a_comment_of_a_template_ends_on_its_line():
    """One over two lines is no comment to Django, and would be shown to everybody."""
    open_ended = re.compile(r"\{#(?:(?!#\}).)*$", re.MULTILINE)
    assert {path for path, text in TEMPLATES.items() if open_ended.search(text)} == set()
    assert open_ended.search("{# begun\nand ended #}")


# --- who may come in ------------------------------------------------------------------------------

#: A value for each kind of argument in an address.
SAMPLES = {
    "list": "entries",
    "ledger": "items",
    "followed": "problems",
    "format": "csv",
    "code": "SX-0001",
    "key": "1",
    "slug": "transport",
    "path": "1",
    "id": "1",
    "month": "2026-07",
    "period": "2026Q3",
    "name": "S3",
    "sequence": "1",
}
OPEN = ["/healthz", "/login/"]


def routes(resolver: URLResolver, before: str = "/") -> Iterator[str]:
    """Every route, also of the admin."""
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, route)
        else:
            yield route


def example(route: str) -> str:
    """An address of that route."""
    plain = route.replace("^(?P<app_label>projects)/$", "projects/").replace("(?P<url>.*)$", "no")
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda m: SAMPLES[_kind(m)], plain)


def _kind(argument: re.Match[str]) -> str:
    kind, _, name = argument[0].strip("<>").rpartition(":")
    return kind or name


@pytest.fixture
def addresses() -> list[str]:
    return sorted({example(route) for route in routes(get_resolver())})


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_every_address_but_sign_in_and_health_asks_who_is_there(addresses, client, method):
    answers = {address: getattr(client, method)(address) for address in addresses}
    assert len(addresses) > 80
    assert [a for a, answer in answers.items() if answer.status_code == 200] == OPEN
    asked = {
        address: answer.headers.get("Location", "").removeprefix("/admin")
        for address, answer in answers.items()
        if address not in OPEN
    }
    wall = {address: f"/login/?{urlencode({'next': address}, safe='/')}" for address in asked}
    assert asked == wall | {"/admin/login/": f"/login/?{urlencode({'next': '/admin/'})}"}


@pytest.mark.django_db
def test_an_address_that_does_not_exist_does_not_tell_a_stranger_so(client):
    told = {path: client.get(path).status_code for path in ("/no-such-page/", "/items/SX-9/")}
    assert told == {"/no-such-page/": 404, "/items/SX-9/": 302}
