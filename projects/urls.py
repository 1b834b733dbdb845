"""Addresses: a contract, since tests, bookmarks and other programs rely on them."""

from typing import ClassVar

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import path, register_converter

from .choices import Ledger, MatterKind
from .periods import Month, Period, period
from .text import forbidden_character
from .views import (
    access,
    agenda,
    attachments,
    boards,
    briefs,
    brieftemplates,
    columns,
    compare,
    contacts,
    entries,
    fieldlists,
    filling,
    finding,
    health,
    imports,
    lists,
    matrix,
    matterforms,
    matterlists,
    matters,
    meetings,
    receipts,
    reports,
    rounds,
    savedviews,
    sessions,
    sheets,
    slips,
    steps,
    taskforces,
    tasks,
    timelines,
    todo,
    trail,
    wall,
)

LEDGERS = "|".join(Ledger.values)


class LedgerConverter:
    """One of the four ledgers."""

    regex = LEDGERS

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class ListConverter(LedgerConverter):
    """One of the four ledgers, or `entries`: all of them."""

    regex = f"{LEDGERS}|entries"


class CodeConverter(LedgerConverter):
    regex = "[A-Z0-9]+(?:-[A-Z0-9]+)*"


class NameConverter(LedgerConverter):
    """A name as entries write it."""

    regex = ".{1,60}"

    def to_python(self, value: str) -> str:
        if forbidden_character(value):
            raise ValueError(value)
        return value


class FormatConverter(LedgerConverter):
    regex = "csv|xlsx"


class KeyConverter:
    """A primary key that both databases can hold."""

    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


class MonthConverter:
    """A month, `2026-07`."""

    regex = "[0-9]{4}-[0-9]{2}"

    def to_python(self, value: str) -> Month:
        return Month.parse(value)

    def to_url(self, value: Month) -> str:
        return str(value)


class PeriodConverter:
    """A month or a quarter, `2026-07` or `2026Q3`."""

    regex = "[0-9]{4}(?:-[0-9]{2}|Q[1-4])"

    def to_python(self, value: str) -> Period:
        return period(value)

    def to_url(self, value: Period) -> str:
        return str(value)


class FollowedConverter:
    """One of the four lists of what is followed up."""

    kinds: ClassVar[dict[str, MatterKind]] = {kind.path: kind for kind in MatterKind}
    regex = "|".join(kinds)

    def to_python(self, value: str) -> MatterKind:
        return self.kinds[value]

    def to_url(self, value: str) -> str:
        return MatterKind(value).path


register_converter(LedgerConverter, "ledger")
register_converter(ListConverter, "list")
register_converter(CodeConverter, "code")
register_converter(FormatConverter, "format")
register_converter(NameConverter, "name")
register_converter(KeyConverter, "key")
register_converter(MonthConverter, "month")
register_converter(PeriodConverter, "period")
register_converter(FollowedConverter, "followed")

urlpatterns = [
    path("", boards.overview, name="overview"),
    path("healthz", health.healthz, name="healthz"),
    path("login/", sessions.SignIn.as_view(), name="login"),
    path("password/", sessions.ChangePassword.as_view(), name="password"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
    path("todo/", todo.todo, name="todo"),
    path("find/", finding.find, name="find"),
    path("views/", savedviews.index, name="views"),
    path("views/save/", savedviews.save, name="view-save"),
    path("views/<key:pk>/", savedviews.opened, name="view"),
    path("views/<key:pk>/edit/", savedviews.edit, name="view-edit"),
    path("views/<key:pk>/use/", savedviews.use, name="view-use"),
    path("views/<key:pk>/remove/", savedviews.remove, name="view-remove"),
    path("sectors/", boards.sectors, name="sectors"),
    path("sectors/<slug:slug>/", boards.sector, name="sector"),
    path("cities/", boards.cities, name="cities"),
    path("cities/<slug:code>/", boards.city, name="city"),
    path("units/<key:pk>/", boards.unit, name="unit"),
    path("matrix/", matrix.page, name="matrix"),
    path("wall/", wall.page, name="wall"),
    path("leaders/", boards.leaders, name="leaders"),
    path("leaders/<name:name>/", boards.leader, name="leader"),
    path("lists/", fieldlists.page, name="field-lists"),
    path("membership/", fieldlists.membership, name="membership"),
    path("membership.<format:extension>", fieldlists.export, name="membership-export"),
    path("compare/", compare.page, name="compare"),
    path("compare.<format:extension>", compare.export, name="compare-export"),
    path("rounds/", rounds.index, name="rounds"),
    path("rounds/<month:period>/", rounds.month, name="round"),
    path("rounds/<month:period>/open/", rounds.open_, name="round-open"),
    path("rounds/<month:period>/close/", rounds.close, name="round-close"),
    path("rounds/mine/", reports.mine, name="my-reports"),
    path("rounds/<month:period>/refresh/", rounds.refresh, name="round-refresh"),
    path("rounds/<month:period>/remind/", rounds.remind, name="round-remind"),
    path("rounds/<month:period>/accept/", reports.accept_all, name="reports-accept"),
    path("rounds/<month:period>/reports/", reports.index, name="reports"),
    path("rounds/<month:period>/reports/<code:code>/", filling.report, name="report"),
    path("rounds/<month:period>/reports/<code:code>/draft/", filling.draft, name="report-draft"),
    path("rounds/<month:period>/reports/<code:code>/step/", filling.step, name="report-step"),
    path(
        "rounds/<month:period>/reports/<code:code>/attachments/",
        attachments.add_to_report,
        name="report-attach",
    ),
    path("rounds/<month:period>/units/<key:pk>/", reports.unit, name="unit-reports"),
    path("rounds/<month:period>/units/<key:pk>/all/", reports.take_all, name="unit-reports-all"),
    path("rounds/<month:period>/units/<key:pk>.xlsx", sheets.unit_sheet, name="unit-sheet"),
    path("rounds/<month:period>/units.zip", sheets.all_sheets, name="unit-sheets"),
    path("rounds/<month:period>/sheets/", sheets.upload, name="sheets"),
    path("rounds/<month:period>/sheets/<key:pk>/", sheets.plan, name="sheet-plan"),
    path("rounds/<month:period>/sheets/<key:pk>/marked.xlsx", sheets.marked, name="sheet-marked"),
    path("briefs/", briefs.index, name="briefs"),
    path("briefs/templates/", brieftemplates.index, name="brief-templates"),
    path("briefs/templates/<key:pk>.docx", brieftemplates.download, name="brief-template"),
    path("briefs/templates/<key:pk>/switch/", brieftemplates.switch, name="brief-template-switch"),
    path("briefs/<period:period>/", briefs.brief, name="brief"),
    path("briefs/<period:period>.docx", briefs.export, name="brief-export"),
    path("briefs/<period:period>/edit/", briefs.edit, name="brief-edit"),
    path("briefs/<period:period>/issue/", briefs.issue, name="brief-issue"),
    path("briefs/<period:period>/retract/", briefs.retract, name="brief-retract"),
    path("attachments/<key:pk>/", attachments.download, name="attachment"),
    path("attachments/<key:pk>/withdraw/", attachments.withdraw, name="attachment-withdraw"),
    path("import/", imports.upload, name="import"),
    path("import/<key:pk>/columns/", imports.columns, name="import-columns"),
    path("import/<key:pk>/", imports.plan, name="import-plan"),
    path("import/<key:pk>/check/", imports.check, name="import-check"),
    path("import/<key:pk>/marked.xlsx", imports.marked, name="import-marked"),
    path("meetings/", meetings.index, name="meetings"),
    path("meetings/new/", meetings.new, name="meeting-new"),
    path("meetings/<code:code>/", meetings.meeting, name="meeting"),
    path("meetings/<code:code>/edit/", meetings.edit, name="meeting-edit"),
    path("meetings/<code:code>/step/", meetings.step, name="meeting-step"),
    path("meetings/<code:code>/agenda/", agenda.agenda, name="agenda"),
    path("meetings/<code:code>/agenda/<key:pk>/", agenda.outcome, name="agenda-outcome"),
    path("meetings/<code:code>/agenda/<key:pk>/off/", agenda.off, name="agenda-off"),
    path("meetings/<code:code>/decide/", agenda.decide, name="decide"),
    path("contacts/", contacts.index, name="contacts"),
    path("contacts/new/", contacts.new, name="contact-new"),
    path("contacts/<code:code>/", contacts.contact, name="contact"),
    path("contacts/<code:code>/edit/", contacts.edit, name="contact-edit"),
    path("task-forces/", taskforces.index, name="task-forces"),
    path("task-forces/<name:name>/", boards.task_force, name="task-force"),
    path("tasks/", tasks.index, name="tasks"),
    path("tasks/<key:pk>/", tasks.task, name="task"),
    path("tasks/<key:pk>/again/", tasks.again, name="task-again"),
    path("tasks/<key:pk>/file/", tasks.file, name="task-file"),
    path("trail/", trail.trail, name="trail"),
    path("trail.csv", trail.export, name="trail-export"),
    path("access/", access.access, name="access"),
    path("receipts/", receipts.receipts, name="receipts"),
    path("receipts/verify/", receipts.verify, name="receipts-verify"),
    path("<followed:kind>/", matterlists.index, name="matters"),
    path("<followed:kind>.<format:extension>", matterlists.export, name="matters-export"),
    path("<followed:kind>/new/", matterforms.new, name="matter-new"),
    path("supervision/<code:code>/print/", slips.slip, name="slip"),
    path("matters/<code:code>/", matters.matter, name="matter"),
    path("matters/<code:code>/edit/", matterforms.edit, name="matter-edit"),
    path("matters/<code:code>/step/", matters.step, name="matter-step"),
    path("matters/<code:code>/handlings/", matters.handle, name="matter-handle"),
    path("matters/<code:code>/attachments/", attachments.add_to_matter, name="matter-attach"),
    path("<list:ledger>/", lists.entry_list, name="list"),
    path("<list:ledger>/timeline/", timelines.timeline, name="timeline"),
    path("<list:ledger>/columns/", columns.choose, name="columns"),
    path("<list:ledger>/default/", savedviews.default, name="list-default"),
    path("<list:ledger>.<format:extension>", lists.export, name="export"),
    path("<ledger:ledger>/<code:code>/", entries.entry, name="entry"),
    path("<ledger:ledger>/<code:code>/move/", steps.move, name="move"),
    path("<ledger:ledger>/<code:code>/undo/<key:sequence>/", steps.undo, name="undo"),
    path("<ledger:ledger>/<code:code>/attachments/", attachments.add, name="attach"),
    path("<ledger:ledger>/<code:code>/withdraw/", steps.withdraw, name="withdraw"),
]
