"""What reading a zip archive from outside may run into."""

import struct
import zipfile
import zlib

#: What `zipfile` raises for an archive that is broken or of a kind it does not know.
BROKEN_ZIP = (
    *(zipfile.BadZipFile, zlib.error, struct.error),
    *(RuntimeError, ValueError, EOFError, OSError, IndexError),
)
