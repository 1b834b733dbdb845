"""What a file may hold at most, and may cost to read."""

FILE_LIMIT, UNPACKED_LIMIT, MEMBERS = 10 * 2**20, 100 * 2**20, 200
#: Small sheets compress well (one word in each of 1,000 rows): the ratio counts above 10 MiB.
RATIO, RATIO_FROM = 100, 10 * 2**20
#: Cells with content, of all sheets together; blank cells that carry only a format are free.
ROWS, COLUMNS, CHARACTERS = 50_000, 60, 32_767
#: What the whole workbook may cost to read: filled cells, and elements of any kind.
CELLS, ELEMENTS, MERGED = 500_000, 2_000_000, 10_000
#: No tag is so long: expat holds one wholly, and its attributes take fifty times their bytes.
TAG = 2**20
#: Rows of a worksheet in Excel, and its cell formats.
LAST_ROW, FORMATS = 1_048_576, 65_490
CHUNK = 2**16
