"""An office's own ledger of 10,000 lines, as real ones look; and what it costs to take it in.

`python -m tests.own_ledger [lines]` prints seconds and peak memory of each part, each in a process
of its own, on SQLite or on the PostgreSQL of DATABASE_URL (empty it before).
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import xlsxwriter

LINES = 10_000
HEADINGS = [
    *("序号", "事项编号", "事项名称", "类别/领域", "涉及地区", "牵头单位", "责任人", "联系领导"),
    *("当前状态", "计划开始", "完成时限", "完成率", "总投资（万元）", "投资口径"),
    *("建设内容及规模", "形象进度", "下一步工作", "备注"),
]
_PLACES = ("资阳市雁江区", "安岳县", "乐至县", "512002", "简阳市", "资阳市", "成都市")
_SECTORS = ("规划衔接", "交通", "水利能源", "产业协作", "医疗卫生", "教育", "生态环保")
_WORDS = (
    *("道路", "公交", "医院", "学校", "园区", "水厂", "管网", "平台", "绿道", "大桥"),
    *("改造", "扩建", "共建", "联网", "延伸", "提升", "结算", "互认", "帮扶", "联治"),
)
_WORKS = (
    "完成征地拆迁和管线迁改，路基土石方累计完成",
    "两地部门已会商形成工作方案，正征求意见",
    "主体结构完成，设备安装有序推进",
    "可研报告已批复，初步设计正在审查",
    "两市数据接口联调完成，进入试运行",
)


def lines(
    count: int = LINES, units: tuple[str, ...] = ("资阳市交通运输局",)
) -> Iterator[list[Any]]:
    """The same on every run; dates and amounts as people write them."""
    chance = random.Random(2026)
    for number in range(1, count + 1):
        lead, *others = chance.sample(units, min(3, len(units)))
        start = dt.date(2024, 1, 1) + dt.timedelta(days=chance.randrange(700))
        due = start + dt.timedelta(days=chance.randrange(200, 1500))
        place, second = chance.sample(_PLACES, 2)
        what = "".join(chance.sample(_WORDS, 3))
        works = "；".join(chance.sample(_WORKS, 3))
        yield [
            *(number, f"SX-{number + 1000:05}", f"成资同城化{what}第{number}号事项"),
            *(chance.choice(_SECTORS), f"{place}、{second}"),
            "，".join([lead, "、".join(others)]) if others else lead,
            chance.choice("王李张刘陈杨黄") + chance.choice(("某", "某某")),
            chance.choice(("市委常委某", "副市长某", "")),
            chance.choice(("未启动", "已启动", "推进中", "")),
            chance.choice((f"{start:%Y-%m-%d}", f"{start.year}年{start.month}月", f"{start.year}")),
            chance.choice(
                (f"{due.year}.{due.month}.{due.day}", f"{due.year}年{due.month}月{due.day}日")
            ),
            chance.choice(("", "45%", 60, "100")),
            chance.choice(("1.2亿元", "12,000万元", f"{number}", "约3亿元", "120余万元", "")),
            "",
            f"新建{what}{number % 97}公里，配套建设设施{number % 13}处，{works}。",
            f"{works}{number % 100}%。",
            "加快推进剩余工程，年底前完成阶段目标，按月报送进展。",
            "",
        ]


def as_csv(rows: list[list[Any]], encoding: str = "gb18030") -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file).writerows([["合作事项推进台账（2026年）"], HEADINGS, *rows])
    return file.getvalue().encode(encoding)


def as_xlsx(rows: list[list[Any]]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        page = book.add_worksheet("台账")
        page.merge_range(0, 0, 0, len(HEADINGS) - 1, "合作事项推进台账（2026年）")
        for number, row in enumerate([HEADINGS, *rows], start=1):
            for column, value in enumerate(row):
                page.write(number, column, value)
    return file.getvalue()


# --- what it costs ------------------------------------------------------------------------------


def _prepare(folder: Path, count: int) -> None:
    from django.core.management import call_command

    from projects import seeding
    from projects.choices import Role
    from projects.models import Organisation
    from tests import factories

    call_command("migrate", verbosity=0)
    seeding.seed()
    factories.user("office", Role.BUREAU)
    units = tuple(Organisation.objects.order_by("pk").values_list("name", flat=True))
    rows = list(lines(count, units))
    (folder / "own.csv").write_bytes(as_csv(rows))
    (folder / "own.xlsx").write_bytes(as_xlsx(rows))


def _step(name: str, file: Path) -> None:
    """Plan, or plan and apply, as the command does; prints seconds and memory."""
    from projects.choices import Ledger
    from projects.models import User
    from projects.sheets import ledgers, own

    began = time.perf_counter()
    by = User.objects.get(username="office")
    upload = own.kept(by, Ledger.ITEMS, file.name, file.read_bytes())
    upload.mapping = own.proposed(upload, by).kept()
    upload.save()
    made = own.plan(upload)
    counts, digest = made.counts, made.digest
    planned = time.perf_counter() - began
    if name == "apply":
        del made
        ledgers.apply(upload, digest, by=by)
    seconds = time.perf_counter() - began - (planned if name == "apply" else 0)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    spent = time.process_time()
    print(
        f"{file.suffix} {name}: {seconds:.1f} s ({spent:.1f} s of processor in all),"
        f" peak {peak} MiB, {counts}",
        flush=True,
    )


def main(arguments: list[str]) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    if arguments[:1] == ["step"]:
        import django

        django.setup()
        _step(arguments[1], Path(arguments[2]))
        return
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{Path(folder) / 'own.sqlite3'}")
        import django

        django.setup()
        _prepare(Path(folder), int(arguments[0]) if arguments else LINES)
        for file, step in product(("own.csv", "own.xlsx"), ("plan", "apply")):
            command = [sys.executable, "-m", "tests.own_ledger", "step", step]
            subprocess.run([*command, str(Path(folder) / file)], check=True)
        from projects.verification import verify

        print(verify().problem or "verify: intact")


if __name__ == "__main__":
    main(sys.argv[1:])
