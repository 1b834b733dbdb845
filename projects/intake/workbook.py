"""A workbook: which sheets it names, where they lie, and their grids."""

from __future__ import annotations

from posixpath import normpath

from .archive import Parts
from .cells import Grid, even
from .limits import MEMBERS
from .readers import Reader
from .refusals import BROKEN, Bad
from .shared import Formats, Shared, Strings
from .sheet import Sheet

_LINKS = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
)
_PACKAGE = ("http://schemas.openxmlformats.org/package/2006/relationships",)


class _Relations(Reader):
    """Where a part's relations lead: by their id, and by the end of their type."""

    def __init__(self, parts: Parts, source: str) -> None:
        super().__init__()
        self.folder, _, file = source.rpartition("/")
        self.by_id: dict[str, str] = {}
        self.by_type: dict[str, str] = {}
        self.worksheets: set[str] = set()
        self.hear({"Relationship": self.relationship}, spaces=_PACKAGE)
        name = f"{self.folder}/_rels/{file}.rels".lstrip("/")
        if name.lower() in parts.members:
            parts.parse(name, self)

    def relationship(self, said: dict[str, str]) -> None:
        if said.get("TargetMode") == "External":
            return
        kind = said.get("Type", "").rpartition("/")[2]
        target = normpath(f"/{self.folder}/{said.get('Target', '')}").lstrip("/")
        if said.get("Target", "").startswith("/"):
            target = normpath(said["Target"]).lstrip("/")
        self.by_id[said.get("Id", "")] = self.by_type[kind] = target
        if kind == "worksheet":
            self.worksheets.add(target)


class _Contents(Reader):
    """The sheets that a workbook names: title, relation, is it hidden."""

    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[tuple[str, str, bool]] = []
        self.is_workbook = False
        self.hear({"workbook": self.workbook, "workbookPr": self.properties, "sheet": self.sheet})

    def workbook(self, _: dict[str, str]) -> None:
        self.is_workbook = True

    def properties(self, said: dict[str, str]) -> None:
        if said.get("date1904", "0") not in ("0", "false", "off"):
            raise Bad(
                "使用1904日期系统，日期会相差四年，"
                "请在 Excel 选项中取消“使用1904日期系统”、核对日期后重新上传。"
            )

    def sheet(self, said: dict[str, str]) -> None:
        link = next((said[f"{space} id"] for space in _LINKS if f"{space} id" in said), "")
        is_hidden = said.get("state", "visible") != "visible"
        self.sheets.append((said.get("name", ""), link, is_hidden))
        if len(self.sheets) > MEMBERS:
            raise Bad(BROKEN)


def grids_of(parts: Parts) -> list[Grid]:
    at = _Relations(parts, "").by_type.get("officeDocument", "")
    contents = _Contents()
    if at.lower() in parts.unread:
        parts.parse(at, contents)
    if not contents.is_workbook:
        raise Bad("不是 Excel 工作簿，请上传 .xlsx 或 .csv 文件。")
    relations = _Relations(parts, at)
    strings, formats = Strings(), Formats()
    for kind, reader in (("sharedStrings", strings), ("styles", formats)):
        if kind in relations.by_type:
            parts.parse(relations.by_type[kind], reader)
    grids = _sheets(parts, contents, relations, Shared(strings.texts, formats.kinds))
    parts.check_the_rest()
    return grids


def _sheets(parts: Parts, contents: _Contents, relations: _Relations, shared: Shared) -> list[Grid]:
    """The worksheets; charts and dialogs that are sheets of their own are passed over."""
    grids: list[Grid] = []
    for title, link, is_hidden in contents.sheets:
        target = relations.by_id.get(link)
        if target is None or any(grid.title.lower() == title.lower() for grid in grids):
            raise Bad(BROKEN)
        if target in relations.worksheets:
            reader = Sheet(title, shared)
            parts.parse(target, reader)
            shared.rows += len(reader.rows)
            grids.append(Grid(title, even(reader.rows), is_hidden, reader.merged))
    return grids
