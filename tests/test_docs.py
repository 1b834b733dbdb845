"""The docs say what the code does: tables, names and links are held against it."""

import re
import tomllib
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import URLPattern, resolve

from projects import demo, urls
from projects.filters import ORDERINGS, EntryFilter, MatterFilter, TrailFilter
from projects.filters.matters import MATTER_ORDERINGS
from projects.forms import StepForm
from projects.management.commands import document_rights, document_workflow
from projects.rights import POLICY, Right

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
DECISIONS = sorted(ROOT.glob("docs/decisions/*.md"))
README = (ROOT / "README.md").read_text(encoding="utf-8")
CODE = re.compile(r"`([^`]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
#: What stands for the parts of an address.
EXAMPLES = {
    "<slug>": "transport",
    "<gb-code>": "512000",
    "<id>": "1",
    "<list>": "entries",
    "<ledger>": "items",
    "<followed>": "problems",
    "<format>": "csv",
    "<sequence>": "1",
    "<code>": "SX-0001",
    "<yyyy-mm>": "2026-07",
    "<period>": "2026Q3",
}


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def table(text: str, first: str) -> list[list[str]]:
    """The cells of the rows of the table whose first heading is `first`."""
    heading = rf"^\| {re.escape(first)} \|.*\n\|[ -|]*\n"
    (rows,) = re.findall(rf"{heading}((?:\|.*\n)*)", text, re.M)
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in rows.splitlines()]


def named(text: str) -> list[str]:
    """What a text says in code."""
    return CODE.findall(text)


def first_words(rows: list[list[str]]) -> set[str]:
    return {code.split()[0] for row in rows for code in named(row[0])}


def slug(heading: str) -> str:
    """The anchor of a heading, as the web shows it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


# --- workflow ---------------------------------------------------------------------------


def test_the_page_of_the_workflow_is_what_the_table_says():
    _, _, below = page("workflow.md").partition(document_workflow.MARK)
    assert below.strip() == document_workflow.tables().strip(), (
        "run: manage.py document_workflow --write"
    )


def test_the_page_of_the_rights_is_what_the_table_says():
    _, _, below = page("rights.md").partition(document_rights.MARK)
    assert below.strip() == document_rights.tables().strip(), (
        "run: manage.py document_rights --write"
    )


# --- addresses --------------------------------------------------------------------------


def test_every_documented_address_leads_to_the_view_of_its_name():
    for address, name, *_ in table(page("addresses.md"), "address"):
        (path,) = named(address)
        for part, example in EXAMPLES.items():
            path = path.replace(part, example)
        assert [resolve(path).view_name] == named(name), path


def test_every_named_address_is_documented():
    rows = table(page("addresses.md"), "address")
    documented = {name for _, cell, *_ in rows for name in named(cell)}
    known = {p.name for p in urls.urlpatterns if isinstance(p, URLPattern) and p.name}
    assert documented == known | {"admin:index"}


def test_the_parameters_of_lists_are_documented_and_whether_they_repeat():
    rows = table(page("addresses.md"), "parameter")
    assert {name for row in rows for name in named(row[0])} == set(EntryFilter.base_filters)
    once = {name for row in rows if row[2] != "yes" for name in named(row[0])}
    assert once == EntryFilter.SINGLE


@pytest.mark.parametrize(
    ("beginning", "names"),
    [
        ("Columns of `sort`", set(ORDERINGS)),
        ("Parameters of `/trail/`", set(TrailFilter.base_fields)),
        ("They take", set(MatterFilter.base_fields)),
        ("Their `sort` takes", set(MATTER_ORDERINGS)),
        ("`POST /<ledger>/<code>/move/`", set(StepForm.base_fields)),
    ],
)
def test_the_names_that_a_sentence_lists_are_those_of_the_code(beginning, names):
    text = page("addresses.md")
    sentence, *_ = re.split(r"\.\s", text[text.index(beginning) + len(beginning) :])
    assert set(named(sentence)) == names


def test_the_attributes_for_programs_stand_on_pages():
    source = "".join(
        path.read_text(encoding="utf-8")
        for path in [*ROOT.glob("templates/**/*.html"), *ROOT.glob("projects/**/*.py")]
    )
    rows = table(page("addresses.md"), "attribute")
    attributes = [name for row in rows for name in named(row[0])]
    assert [name for name in attributes if f'{name}="' not in source] == []


# --- commands, make, environment ----------------------------------------------------------


def test_the_readme_names_every_command_of_ours_in_both_languages():
    ours = {name for name, app in get_commands().items() if app == "projects"}
    for first in ("command", "命令"):
        assert first_words(table(README, first)) == ours


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_command_that_a_page_names_exists(path):
    asked = re.findall(r"manage\.py ([a-z_]+)", path.read_text(encoding="utf-8"))
    assert set(asked) <= set(get_commands())


def test_the_readme_names_every_make_target():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z-]+):.*## ", makefile, re.M)
    assert {named(row[0])[0] for row in table(README, "make")} == {f"make {t}" for t in targets}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_make_target_that_a_page_names_exists(path):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    asked = re.findall(r"(?:^ *|`)(?:[A-Z_]+=1 )?make ([a-z-]+)", path.read_text("utf-8"), re.M)
    assert [target for target in asked if f"\n{target}:" not in makefile] == []


def test_the_readme_names_every_variable_that_the_settings_read():
    source = (ROOT / "tracker" / "settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r'(?:environ(?:\.get)?[\[(]|required\()\s*"([A-Z_]+)"', source))
    rows = table(README, "variable")
    assert {named(row[0])[0] for row in rows if "tracker/settings.py" in row[1]} == read


def test_a_variable_is_read_where_the_readme_says():
    for row in table(README, "variable"):
        (name,) = named(row[0])
        for path in named(row[1]):
            assert re.search(rf"\b{name}\b", (ROOT / path).read_text(encoding="utf-8")), name


def test_no_other_variable_is_read_by_the_app():
    sources = [path.read_text(encoding="utf-8") for path in ROOT.glob("projects/**/*.py")]
    read = set(re.findall(r'environ(?:\.get)?[\[(]\s*"([A-Z_]+)"', "".join(sources)))
    assert read <= {named(row[0])[0] for row in table(README, "variable")}


def test_the_readme_lists_the_demo_accounts_with_their_groups():
    accounts = [(a.username, a.role.value) for a in demo.ACCOUNTS]
    for first in ("account", "账号"):
        rows = table(README, first)
        assert [(name, row[1]) for row in rows for name in named(row[0])] == accounts


# --- security, architecture, decisions ------------------------------------------------------


def test_every_test_that_the_page_of_security_names_exists():
    asked = re.findall(r"`(tests/\w+\.py)::(\w+)`", page("security.md"))
    assert len(asked) > 30
    missing = [
        (path, name)
        for path, name in asked
        if not (ROOT / path).exists()
        or not re.search(rf"^\s*def {name}\(", (ROOT / path).read_text("utf-8"), re.M)
    ]
    assert missing == []


def test_the_rights_on_the_page_of_security_are_those_of_the_policy():
    rows = table(page("security.md"), "group")
    said = {row[0]: [mark == "✓" for mark in row[1:]] for row in rows}
    assert said == {
        role.value: [right in rights for right in Right] for role, rights in POLICY.items()
    }


def declared_layers(package: str) -> list[set[str]]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    (contract,) = [c for c in contracts["contracts"] if c.get("containers") == [package]]
    return [set(re.findall(r"\w+", line)) for line in contract["layers"]]


@pytest.mark.parametrize("package", ["projects", "projects.models"])
def test_the_layers_on_the_page_are_those_that_are_checked(package):
    text = page("architecture.md")
    (block,) = re.findall(rf"```layers {re.escape(package)}\n(.*?)```", text, re.S)
    shown = [set(re.findall(r"\w+", line)) for line in block.splitlines()]
    assert shown == declared_layers(package)
    folder = ROOT / package.replace(".", "/")
    absent = {
        name
        for name in re.findall(r"\w+", block)
        if not (folder / f"{name}.py").exists() and not (folder / name).is_dir()
    }
    assert set(re.findall(r"\((\w+)\)", block)) == absent


def test_decisions_are_numbered_in_order_and_listed():
    numbers = [int(path.name[:4]) for path in DECISIONS]
    assert numbers == list(range(1, len(DECISIONS) + 1))
    listed = re.findall(r"\(decisions/([^)]+)\)", page("architecture.md").split("## Decisions")[1])
    assert listed == [path.name for path in DECISIONS]


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.name)
def test_a_decision_says_context_decision_and_consequences(path):
    text = path.read_text(encoding="utf-8")
    assert text.startswith(f"# {path.name[:4]} ")
    assert re.findall(r"^## (.*)", text, re.M) == ["Context", "Decision", "Consequences"]


# --- links --------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_link_leads_to_a_file_of_the_repository_and_to_a_heading(path):
    for link in LINK.findall(path.read_text(encoding="utf-8")):
        if re.match(r"https?://", link):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.is_relative_to(ROOT), link
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.*)", target.read_text(encoding="utf-8"), re.M)
            assert anchor in [slug(heading) for heading in headings], link


def test_the_readme_shows_every_page_wide_and_narrow():
    shown = set(re.findall(r"docs/screenshots/([\w-]+)\.png", README))
    pages = ["overview", "sector", "city", "list", "entry", "past", "round"]
    pages += ["standing", "unit", "report", "plan", "receipts"]
    pages += ["admin-list", "admin-form", "login"]
    pages += ["problems", "problem", "meeting", "todo", "field-lists", "matrix"]
    pages += ["cities", "columns", "find", "own-columns", "timeline"]
    wide_and_narrow = {f"{name}-{width}" for name in pages for width in (1440, 390)}
    assert shown == wide_and_narrow | {
        *("light-rule", "slip", "matrix-a3", "wall", "brief", "brief-annex"),
    }
