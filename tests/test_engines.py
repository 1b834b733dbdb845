"""The pages ask nothing of a browser that Chromium 86 lacks, but for what can be done without."""

import pytest

from tests import engines
from tests.engines import CSS, HTML, JS, SCRIPTS, SHEETS, TEMPLATES

ALL = [(".css", feature) for feature in CSS]
ALL += [(".js", feature) for feature in JS]
ALL += [(".html", feature) for feature in HTML]


@pytest.mark.parametrize("path", [*SHEETS, *SCRIPTS], ids=lambda path: path.name)
def test_a_style_sheet_or_script_uses_what_chromium_86_knows(path):
    assert engines.problems(path) == []


def test_templates_use_what_chromium_86_and_firefox_know():
    assert {path.name: said for path in TEMPLATES if (said := engines.problems(path))} == {}


@pytest.mark.parametrize(("kind", "feature"), ALL, ids=lambda value: getattr(value, "name", value))
def test_the_reader_finds_each_feature_and_takes_it_for_no_other(kind, feature):
    text = engines.plain(feature.sample, kind)
    assert [other.name for other in engines.TABLES[kind] if other.is_in(text)] == [feature.name]


@pytest.mark.parametrize(
    "feature", [feature for feature in CSS if feature.allowed], ids=lambda feature: feature.name
)
def test_every_exception_is_still_needed_where_it_is_made(feature):
    users = {path.name for path in SHEETS if feature.is_in(engines.stripped(path))}
    assert users
    assert not feature.only or users == {feature.only}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a:is(.b, .c) { top: 0; }", [":is(), :where(): 88", "drops a whole rule"]),
        ("a { margin-block: 0; }", ["margin-block: 87"]),
        ("body:has(main) { page: ledger; }", [":has(): 105"]),
        (".a, .b::details-content { top: 0; }", ["drops a whole rule"]),
        ("a::-moz-progress-bar, a::-webkit-progress-bar { top: 0; }", ["drops a whole rule"]),
        ("a { hyphenate-character: 0; }", ["to be looked up: hyphenate-character"]),
        ("a:target-within { top: 0; }", ["to be looked up: :target-within"]),
        ("@font-feature-values { a { top: 0; } }", ["to be looked up: @font-feature-values"]),
        ("a { width: calc-size(auto, size); }", ["to be looked up: calc-size"]),
        ("a { height: 9vb; }", ["to be looked up: vb"]),
    ],
)
def test_a_style_sheet_is_refused_with_each_reason(tmp_path, text, said):
    path = tmp_path / "ours.css"
    path.write_text(text)
    found = engines.problems(path)
    assert len(found) == len(said)
    assert all(one.startswith(start) for one, start in zip(found, said, strict=True))


@pytest.mark.parametrize(
    "text",
    [
        "a { clip-path: inset(50%); width: fit-content; width: min(9px, 1rem); }",
        'a:not(.b):not([type="text"]), a > .c::before { content: ":is(" / ""; }',
        "@media screen and (min-width: 9px) { a { padding: 0 .5em; color: #1a2b3c; } }",
        "@supports selector(::details-content) { a::details-content { display: block; } }",
        "thead th { position: sticky; } tr { top: 0; } /* & :is() aspect-ratio: 1 */",
    ],
)
def test_what_chromium_86_knows_passes(tmp_path, text):
    path = tmp_path / "ours.css"
    path.write_text(text)
    assert engines.problems(path) == []


def test_a_comment_in_a_script_is_no_use_of_what_it_speaks_of(tmp_path):
    path = tmp_path / "ours.js"
    path.write_text("// all.at(-1)\nall[0];\n")
    assert engines.problems(path) == []
    path.write_text("all.at(-1);\n")
    assert engines.problems(path) == ["at(): 92"]
