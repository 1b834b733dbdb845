"""The list, the board and the export are the same filter: rows, order and counts agree."""

from __future__ import annotations

import csv
import io
import random
import re
from html import unescape
from typing import Any

import openpyxl
import pytest
from django.test import Client

from projects import seeding
from projects.choices import (
    Commenced,
    Light,
    Phase,
    Provenance,
    Role,
    Unfinished,
    status_choices,
)
from projects.models import LEDGER_MODELS, Organisation, Region, Sector

from . import factories

pytestmark = pytest.mark.django_db

LISTS = [*LEDGER_MODELS, "entries"]
COMBINATIONS = 30
TALLY = re.compile(r'<a[^>]*href="([^"]+)"[^>]*data-count="([0-9]+)"')
BOARDS = ["/", "/sectors/", "/sectors/transport/", "/cities/", "/cities/510100/", "/cities/512021/"]
BOARDS += ["/lists/", "/matrix/", "/matrix/?by=county&ledger=infrastructure"]
BOARDS += ["/wall/", "/wall/?slides=lights", "/wall/?slides=sectors", "/wall/?slides=overdue"]


def text_of(response: Any) -> str:
    return response.content.decode()


def total_in(html: str, address: str) -> int:
    match = re.search(r'<main[^>]*data-total="([0-9]+)"', html)
    assert match, address
    return int(match[1])


def total(client: Client, address: str) -> int:
    return total_in(
        text_of(client.get(f"{address}{'&' if '?' in address else '?'}page_size=1")), address
    )


def listed(client: Client, address: str) -> tuple[int, list[str]]:
    """What a list says is its total, and the codes on its first page of 200, in order."""
    html = text_of(client.get(f"{address}&page_size=200"))
    body = html.split("<tbody>")[1].split("</tbody>")[0] if "<tbody>" in html else ""
    codes = re.findall(r">((?:XY|SX|CY|JC)-[0-9]{4})</a>", body)
    return total_in(html, address), list(dict.fromkeys(codes))


def exported_codes(client: Client, ledger: str, query: str) -> tuple[list[str], list[str]]:
    response = client.get(f"/{ledger}.csv?{query}")
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    by_csv = [row[0] for row in csv.reader(io.StringIO(text, newline=""))][1:]
    response = client.get(f"/{ledger}.xlsx?{query}")
    content = io.BytesIO(b"".join(response.streaming_content))
    sheet = openpyxl.load_workbook(content, read_only=True).worksheets[0]
    by_xlsx = [str(row[0]) for row in sheet.iter_rows(min_row=2, values_only=True)]
    return by_csv, by_xlsx


def combinations(ledger: str) -> list[str]:
    """Thirty filters, the same on every run, of one to three parameters."""
    chance = random.Random(f"filters of {ledger}")
    kind = LEDGER_MODELS[ledger].kind if ledger in LEDGER_MODELS else None
    values: dict[str, list[str]] = {
        "q": ["示例", "交通", "gs", "合作", "czs"],
        "sector": list(Sector.objects.values_list("slug", flat=True)),
        "city": ["510100", "512000", "510600"],
        "district": list(Region.objects.districts().values_list("code", flat=True)),
        "unit": [str(pk) for pk in Organisation.objects.values_list("pk", flat=True)],
        "status": [slug for slug, _ in status_choices(kind)],
        "phase": Phase.values,
        "light": Light.values,
        "provenance": Provenance.values,
        "unfinished": Unfinished.values,
        "begun": Commenced.values,
        "expires_within": ["90", "400", "3650"],
        "due_after": ["2026-01-01", "2025-06-30"],
        "due_before": ["2027-12-31", "2030-01-01"],
        "started_after": ["2024-01-01"],
        "started_before": ["2026-12-31"],
        "sort": ["-code", "name", "-due", "status", "light", "-percent", "sector"],
    }
    queries = []
    for _ in range(COMBINATIONS):
        names = chance.sample(sorted(values), chance.randint(1, 3))
        many = {"sector", "status", "phase", "light", "provenance", "city", "unfinished"}
        pairs = [
            f"{name}={value}"
            for name in names
            for value in chance.sample(
                values[name], min(len(values[name]), 2 if name in many else 1)
            )
        ]
        queries.append("&".join(pairs))
    return queries


@pytest.fixture
def auditor(client: Client) -> Client:
    seeding.seed()
    client.force_login(factories.user("an-auditor", Role.AUDITOR))
    return client


def test_list_csv_and_xlsx_have_the_same_rows_in_the_same_order(auditor: Client) -> None:
    hits = 0
    for ledger in LISTS:
        for query in combinations(ledger):
            by_csv, by_xlsx = exported_codes(auditor, ledger, query)
            count, on_first_page = listed(auditor, f"/{ledger}/?{query}")
            assert by_csv == by_xlsx, query
            assert len(by_csv) == count, query
            assert on_first_page == by_csv[:200], query
            hits += bool(by_csv)
    assert hits > len(LISTS) * COMBINATIONS / 3


def test_every_number_on_a_board_is_the_count_of_the_list_it_links_to(auditor: Client) -> None:
    units = [f"/units/{pk}/" for pk in Organisation.objects.values_list("pk", flat=True)[:6:2]]
    seen: dict[str, int] = {}
    for board in [*BOARDS, *units]:
        for href, count in TALLY.findall(text_of(auditor.get(board))):
            seen[unescape(href)] = int(count)
    assert len(seen) > 300
    chance = random.Random("numbers on boards")
    for href in chance.sample(sorted(seen), 150):
        assert total(auditor, href) == seen[href], href


def test_a_facet_option_leads_to_as_many_rows_as_it_says(auditor: Client) -> None:
    html = text_of(auditor.get("/items/?sector=transport"))
    option = re.compile(
        r'<a [^>]*?href="([?][^"]+)"><span>[^<]+</span><span class="count">([0-9]+)</span>'
    )
    found = [(href, n) for href, n in option.findall(html) if href.count("sector=") == 1]
    assert len(found) > 8
    for href, count in found:
        assert total(auditor, f"/items/{unescape(href)}") == int(count), href
