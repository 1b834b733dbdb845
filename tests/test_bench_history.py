"""The history that `make bench` measures on is one that the app itself would have written."""

import pytest
from django.db import connection

from projects import seeding
from projects.models import Book, LedgerEntry
from projects.verification import verify

from . import bench_history

pytestmark = pytest.mark.django_db

if connection.vendor == "sqlite":  # on which the bench builds its history

    def test_the_built_history_is_whole_and_can_be_looked_back_on():
        seeding.seed()
        days = bench_history.build(800, 2)
        assert LedgerEntry.objects.count() >= 800
        verdict = verify()
        assert verdict.is_intact, verdict.problem
        assert all(Book(day).rows().count() > 0 for day in days)
