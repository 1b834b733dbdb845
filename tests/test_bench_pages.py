"""The benchmark of pages leaves no page out."""

from __future__ import annotations

from itertools import chain

import pytest
from django.urls import URLPattern, resolve

from projects import urls

from .bench_pages import NO_PAGES, PAGES, Cost, table

KEYS = {"problem": "WT-0001", "slip": "DB-0001", "meeting": "HY-2026-001", "contact": "DJ-0001"}
KEYS |= {"view": "1", "unit": "1", "report": "SX-0001", "frozen": "2026-06", "open": "2026-07"}
KEYS |= {"today": "2026-07-31", "earlier": "2026-06-01"}


def test_every_address_is_measured_or_said_why_not():
    known = {p.name for p in urls.urlpatterns if isinstance(p, URLPattern) and p.name}
    left_out = list(chain(*NO_PAGES.values()))
    assert sorted([*PAGES, *left_out]) == sorted(known)


@pytest.mark.parametrize("name", PAGES)
def test_the_addresses_of_a_page_lead_to_it(name: str):
    for address in PAGES[name]:
        assert resolve(address.format(**KEYS).partition("?")[0]).view_name == name, address


def cost(queries: int = 10, plain: int = 90, ms: float = 20, requests: int = 8, kb: int = 30):
    return Cost(queries, plain * 1024, 5 * 1024, ms, requests, kb * 1024)


@pytest.mark.parametrize(
    ("many", "fault"),
    [
        (cost(), ""),
        (cost(queries=11), "queries grow"),
        (cost(plain=201), "KB grow"),
        (cost(plain=200), ""),
        (cost(requests=11), "heavy"),
        (cost(kb=101), "heavy"),
        (cost(ms=2001), "slow"),
        (cost(queries=12, ms=2001), "queries grow, slow"),
    ],
)
def test_what_grows_is_said_beside_the_page(many: Cost, fault: str):
    *_, line = table({"/": cost()}, {"/": many}, 1000)
    assert line.split(" | ")[-1].rstrip(" |") == fault
