"""The article's counts against the ledgers: 198, 135, 89, 41, 18, each with its words.

The four ledgers are counted side by side and never added up.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from django.urls import reverse

from .choices import LAUNCHED_SET, SIGNED_SET, STATUSES, Ledger
from .models import Book

ARTICLE = "《关于加快推进成资工业同城化发展的对策建议》（2021-07-12上网，反映2019年情况）"


@dataclass(frozen=True)
class Check:
    """One count of the article, and what the ledger has now.

    `rule` says in words what is counted, `statuses` the same as filter values (none: every
    status), `quote` the article's words.
    """

    ledger: Ledger
    label: str
    expected: int
    actual: int
    rule: str
    quote: str
    statuses: tuple[str, ...] = ()
    scope: dict[str, str] = field(default_factory=dict)

    @property
    def agrees(self) -> bool:
        return self.actual == self.expected

    @property
    def shown(self) -> str:
        return f"{self.actual}/{self.expected}"

    @property
    def difference(self) -> int:
        return self.actual - self.expected

    @property
    def href(self) -> str:
        """The list of exactly the rows that were counted."""
        path = reverse("list", args=[self.ledger.value])
        query = urlencode([("status", slug) for slug in self.statuses] + [*self.scope.items()])
        return f"{path}?{query}" if query else path


@dataclass(frozen=True)
class _Claim:
    """What the article says of a ledger; `only` are the statuses that count (none: all)."""

    ledger: Ledger
    expected: int
    rule: str
    quote: str
    only: frozenset[str] = frozenset()
    suffix: str = ""

    def against(self, counts: dict[tuple[str, str], int]) -> Check:
        in_order = [status.slug for status in STATUSES[self.ledger]]
        wanted = tuple(slug for slug in in_order if not self.only or slug in self.only)
        return Check(
            ledger=self.ledger,
            label=f"{self.ledger.label}{self.suffix}",
            expected=self.expected,
            actual=sum(counts.get((self.ledger.value, slug), 0) for slug in wanted),
            rule=self.rule,
            quote=self.quote,
            statuses=wanted if self.only else (),
        )


_CLAIMS = (
    _Claim(
        Ledger.AGREEMENTS,
        198,
        "在列的合作协议，状态为已签署或其后各状态",
        "共签订198个合作协议方案",
        SIGNED_SET,
    ),
    _Claim(Ledger.ITEMS, 135, "在列的全部合作事项", "达成135项合作项目事项"),
    _Claim(
        Ledger.ITEMS,
        89,
        "在列的合作事项，状态为已启动或其后各状态（含暂停，不含终止）",
        "其中89项已启动实施",
        LAUNCHED_SET,
        "（已启动）",
    ),
    _Claim(Ledger.INDUSTRIAL, 41, "在列的全部产业合作项目", "41个成资产业合作项目加快推进"),
    _Claim(
        Ledger.INFRASTRUCTURE,
        18,
        "在列的全部重大基础设施合作项目",
        "强力推进18个重大基础设施合作项目",
    ),
)


def reconcile(book: Book | None = None) -> list[Check]:
    """The five checks over the listed entries of a day (today's), from one grouped query."""
    book = book or Book()
    counted = book.rows().counted("ledger", "status")
    counts = {(ledger, status): n for ledger, status, n in counted}
    return [replace(claim.against(counts), scope=book.scope) for claim in _CLAIMS]
