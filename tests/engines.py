"""What Chromium 86 lacks, the engine of browsers in many offices, and a reader that finds it.

`CSS`, `JS` and `HTML` name what came later, each with a sample that the reader has to find. What is
`allowed` says why a page is right without it. `KNOWN` holds words of CSS that a Chromium 86 was
asked for and knew: a word in neither table is to be looked up and put into one of them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "projects" / "static" / "projects"
SHEETS = sorted(STATIC.glob("*.css"))
SCRIPTS = [path for path in sorted(STATIC.glob("*.js")) if not path.name.startswith("htmx-")]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


@dataclass(frozen=True)
class Feature:
    """`since` is the first Chromium that has it, 0 where Firefox lacks it; `only` names a file."""

    name: str
    since: int
    sign: str
    sample: str
    allowed: str = ""
    only: str = ""

    def is_in(self, text: str) -> bool:
        return bool(re.search(self.sign, text))

    def is_allowed_in(self, name: str) -> bool:
        return bool(self.allowed) and self.only in ("", name)


def _property(name: str, since: int, allowed: str = "") -> Feature:
    return Feature(name, since, rf"(?<![\w-]){name}\s*:", f"a {{ {name}: 0; }}", allowed)


def _properties(since: int, names: str) -> tuple[Feature, ...]:
    return tuple(_property(name, since) for name in names.split())


UNDERLINE = "the line is drawn thicker or nearer"
CSS = (
    Feature(":is(), :where()", 88, r":(is|where)\(", ":is(a, b) c { top: 0; }"),
    Feature(
        ":not() of a list", 88, r":not\([^()]*(\([^()]*\)[^()]*)*,", "a:not(.b, .c) { top: 0; }"
    ),
    Feature(
        ":has()",
        105,
        r":has\(",
        "a:has(b) { top: 0; }",
        "a list is printed upright instead of across",
        "print.css",
    ),
    Feature(
        "::details-content",
        131,
        r"::details-content",
        "a::details-content { top: 0; }",
        "site.js unfolds filters; what is folded is printed as it stands on the screen",
    ),
    Feature("::file-selector-button", 89, r"::file-sel", "a::file-selector-button { top: 0; }"),
    Feature(
        "later pseudo-classes",
        90,
        r":(user-(in)?valid|autofill|dir\(|modal|popover-open|open\b|state\(|host-context|"
        r"nth-(last-)?child\([^)]* of )",
        ":user-invalid { top: 0; }",
    ),
    Feature(
        "nested rules",
        112,
        r"(^|[{};])\s*[^@{};\s][^{};]*\{[^{}]*\{",
        "@media print { a { top: 0; b { top: 1px; } } }",
    ),
    Feature(
        "later at-rules",
        91,
        r"@(layer|container|scope|starting-style|counter-style|view-transition|position-try)",
        "@layer a { b { top: 0; } }",
    ),
    Feature(
        "boxes in the margin of a page",
        131,
        r"@(top|bottom|left|right)-",
        "@page { @bottom-left { font-size: 9pt; } }",
        "the notice stands on the first sheet; the browser can number them",
    ),
    Feature("media ranges", 104, r"@media[^{]*[<>]", "@media (width < 9px) { a { top: 0; } }"),
    Feature(
        "later media features",
        89,
        r"\((forced-colors|prefers-contrast|prefers-reduced-\w*(transparency|data)|scripting|"
        r"update|dynamic-range)\b",
        "@media (forced-colors: active) { a { top: 0; } }",
    ),
    Feature(
        "later units",
        105,
        r"\d(dvh|svh|lvh|dvw|svw|lvw|cqw|cqh|cqi|cqb|rlh|lh|ric|ic|cap)\b",
        "a { height: 9dvh; }",
    ),
    Feature(
        "later functions",
        91,
        r"(?<![\w-])(color-mix|light-dark|oklch|oklab|lch|lab|color|image-set|round|mod|rem|sin|cos"
        r"|tan|abs|sign|pow|sqrt|hypot|anchor|linear|if)\(",
        "a { color: color-mix(in srgb, red, blue); }",
    ),
    Feature("revert-layer", 99, r":\s*revert-layer", "a { top: revert-layer; }"),
    Feature("subgrid", 117, r":[^;{}]*\bsubgrid\b", "a { grid-template-rows: subgrid; }"),
    Feature("overflow: clip", 90, r"overflow[\w-]*:[^;{}]*\bclip\b", "a { overflow: clip; }"),
    Feature(
        "display of two words",
        115,
        r"(?<![\w-])display:\s*(block|inline)\s+\w",
        "a { display: block flex; }",
    ),
    Feature(
        "rows and heads of tables that stick",
        91,
        r"(^|[\s,}])(thead|tfoot|tbody|tr)\s*\{[^}]*sticky",
        "thead { position: sticky; }",
    ),
    *_properties(87, "padding-inline padding-block margin-inline margin-block"),
    *_properties(87, "inset inset-inline inset-block"),
    *_properties(88, "aspect-ratio"),
    *_properties(94, "scrollbar-gutter"),
    *_properties(104, "translate rotate scale"),
    *_properties(120, "mask mask-image"),
    *_properties(121, "scrollbar-width scrollbar-color"),
    *_properties(123, "field-sizing"),
    _property("accent-color", 93, "the browser's own colour of a ticked box"),
    _property("text-underline-offset", 87, UNDERLINE),
    _property("text-decoration-thickness", 89, UNDERLINE),
    _property("text-wrap", 114, "a heading breaks where its line is full"),
    _property("text-autospace", 140, "no small space between Chinese and figures"),
    _property("print-color-adjust", 136, "-webkit-print-color-adjust stands beside it"),
)

JS = tuple(
    Feature(name, since, sign, sample)
    for name, since, sign, sample in (
        ("at()", 92, r"\.at\(", "all.at(-1)"),
        ("findLast()", 97, r"\.findLast(Index)?\(", "all.findLast(x)"),
        ("copies of arrays", 110, r"\.(toSorted|toReversed|toSpliced|with)\(", "all.toSorted()"),
        ("groups", 117, r"\b(Object|Map)\.groupBy\b", "Object.groupBy(all, x)"),
        ("Object.hasOwn", 93, r"\bObject\.hasOwn\b", "Object.hasOwn(a, b)"),
        ("structuredClone", 98, r"\bstructuredClone\b", "structuredClone(a)"),
        ("AbortSignal.timeout", 103, r"\bAbortSignal\.(timeout|any)\b", "AbortSignal.timeout(9)"),
        ("crypto.randomUUID", 92, r"\brandomUUID\b", "crypto.randomUUID()"),
        ("URL.canParse", 120, r"\bURL\.(canParse|parse)\b", "URL.canParse(a)"),
        ("FormData of a button", 112, r"\bnew FormData\([^()]*,", "new FormData(form, button)"),
        ("popovers", 114, r"\b(show|hide|toggle)Popover\b", "a.showPopover()"),
        ("checkVisibility", 105, r"\.checkVisibility\(", "a.checkVisibility()"),
        ("view transitions", 111, r"\bstartViewTransition\b", "startViewTransition(x)"),
        ("navigation", 102, r"\bnavigation\.", "navigation.navigate(a)"),
        ("scrollend", 114, r"\bscrollend\b", 'a.addEventListener("scrollend", x)'),
        ("Error with a cause", 93, r"\bnew Error\([^()]*,\s*\{", 'new Error("a", { cause: b })'),
        ("blocks of a class", 94, r"\bstatic\s*\{", "class A { static { x(); } }"),
        ("await outside a function", 89, r"^(const \w+ = )?await\b", "await x();"),
    )
)

HTML = (
    Feature("popover", 114, r"\s(popover|popovertarget)\b(?=[=\s>])", "<div popover>"),
    Feature("inert", 102, r"<[^>{}]*\sinert(?=[=\s>])", "<div inert>"),
    Feature("search element", 118, r"<search\b", "<search>"),
    Feature("details of one name", 120, r"<details[^>]*\sname=", '<details name="a">'),
    Feature("hidden until found", 102, r"until-found", '<p hidden="until-found">'),
    Feature("month and week", 0, r'type="(month|week)"', '<input type="month">'),
)

KNOWN = {
    "property": """
        align-content align-items align-self animation animation-duration animation-name appearance
        background background-color border border-bottom border-bottom-color
        border-bottom-left-radius border-bottom-right-radius border-bottom-style border-bottom-width
        border-collapse border-color border-left border-left-color border-left-style
        border-left-width border-radius border-right border-right-color border-right-width
        border-spacing border-style border-top border-top-color border-top-left-radius
        border-top-right-radius border-top-style border-top-width border-width bottom box-shadow
        box-sizing break-after break-inside caption-side clear clip-path color color-scheme
        column-count column-gap columns contain content content-visibility counter-increment
        counter-reset cursor direction display dominant-baseline fill fill-opacity filter flex
        flex-basis flex-direction flex-grow flex-shrink flex-wrap float font font-family font-size
        font-style font-variant-numeric font-weight gap grid grid-area grid-auto-columns
        grid-auto-flow grid-auto-rows grid-column grid-column-end grid-column-start grid-row
        grid-template grid-template-areas grid-template-columns grid-template-rows height hyphens
        isolation justify-content justify-items justify-self left letter-spacing line-break
        line-height list-style list-style-position list-style-type margin margin-block-end
        margin-block-start margin-bottom margin-inline-end margin-inline-start margin-left
        margin-right margin-top max-height max-width min-height min-width mix-blend-mode object-fit
        object-position opacity order orphans outline outline-color outline-offset outline-style
        outline-width overflow overflow-wrap overflow-x overflow-y overscroll-behavior padding
        padding-block-end padding-block-start padding-bottom padding-inline-end padding-inline-start
        padding-left padding-right padding-top page page-break-before page-break-inside paint-order
        place-content place-items place-self pointer-events position quotes resize right row-gap
        scroll-behavior scroll-margin-top scroll-padding scroll-padding-bottom scroll-padding-left
        scroll-padding-right scroll-padding-top size stroke stroke-dasharray stroke-linecap
        stroke-linejoin stroke-opacity stroke-width tab-size table-layout text-align text-anchor
        text-decoration text-decoration-color text-decoration-line text-decoration-style text-indent
        text-overflow text-shadow text-size-adjust text-transform top touch-action transform
        transform-origin transition transition-duration transition-property unicode-bidi user-select
        vertical-align visibility white-space widows width will-change word-break word-spacing
        writing-mode z-index -webkit-appearance -webkit-line-clamp -webkit-print-color-adjust
        -webkit-text-size-adjust
    """,
    "selector": """
        ::-moz-progress-bar ::-webkit-progress-bar ::-webkit-progress-value ::after ::before
        ::first-letter ::marker ::placeholder ::selection :active :any-link :checked :disabled
        :empty :enabled :first-child :first-of-type :focus :focus-visible :focus-within :hover
        :invalid :last-child :last-of-type :left :link :not :nth-child :nth-last-child :nth-of-type
        :only-child :placeholder-shown :read-only :required :right :root :target :visited
    """,
    "at-rule": "@font-face @keyframes @media @page @supports",
    "function": """
        attr calc clamp counter cubic-bezier hsl inset linear-gradient min minmax repeat
        repeating-linear-gradient rgb rgba rotate scale selector translate translateX translateY url
        var
    """,
    "unit": "% ch cm deg em fr in mm ms pt px rem s turn vh vmax vmin vw",
}
WORDS = {
    "property": r"(?<![^{};\s])([a-z-]+)\s*:(?=[^{};]*[;}])",
    "selector": r"(?<=[\w\s,>)\]*])(::?[a-z-]+)(?=[^;{}]*\{)",
    "at-rule": r"(@[a-z-]+)",
    "function": r"(?<![\w:-])([a-z][a-z-]*)(?=\()",
    "unit": r"(?<![\w#-])(?:\d*\.)?\d+([a-z]+|%)",
}


def problems(path: Path) -> list[str]:
    """What of a file Chromium 86 does not know and no reason excuses."""
    text = stripped(path)
    late = [f for f in TABLES[path.suffix] if f.is_in(text) and not f.is_allowed_in(path.name)]
    said = [f"{f.name}: {f.since or 'not in Firefox'}" for f in late]
    if path.suffix == ".css":
        said += [f"drops a whole rule: {rule}" for rule in mixed(text)]
        said += [f"to be looked up: {word}" for word in sorted(unknown(text))]
    return said


TABLES = {".css": CSS, ".js": JS, ".html": HTML}


def stripped(path: Path) -> str:
    return plain(path.read_text(encoding="utf-8"), path.suffix)


def plain(text: str, kind: str) -> str:
    """Without comments; of a style sheet also without what stands in quotes."""
    if kind == ".css":
        return re.sub(r'"[^"]*"', '""', re.sub(r"/\*.*?\*/", " ", text, flags=re.S))
    if kind == ".js":
        return re.sub(r"/\*.*?\*/|(?<![:\w])//[^\n]*", " ", text, flags=re.S)
    return re.sub(r"\{#.*?#\}", " ", text)


def rules(css: str) -> Iterator[str]:
    """What stands before each block that holds declarations of elements."""
    for before in re.findall(r"([^{};]*)\{", css):
        if not before.strip().startswith("@"):
            yield " ".join(before.split())


def mixed(css: str) -> list[str]:
    """Rules that an engine drops whole, for one of their selectors, though it knows the others."""

    def odd(selector: str) -> frozenset[str]:
        names = {feature.name for feature in CSS if feature.is_in(f"{selector} {{")}
        return frozenset(names | set(re.findall(r"::(-\w+)-", selector)))

    return [rule for rule in rules(css) if len({odd(one) for one in rule.split(",")}) > 1]


def unknown(css: str) -> set[str]:
    """Words of CSS that nobody has looked up yet."""
    left = css
    for feature in CSS:
        left = re.sub(feature.sign, " ", left)
    return {
        word
        for kind, sign in WORDS.items()
        for word in re.findall(sign, left)
        if word not in KNOWN[kind].split() and not word.startswith("--")
    }
