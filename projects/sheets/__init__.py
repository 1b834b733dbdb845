"""Workbooks that go out to the units and come back, and offices' own ledgers: read, plan, apply."""
