"""A .docx with placeholders: what is wrong with it, and filling it. Pure, and no template language.

`{{合作事项_总数}}` is replaced where it stands; `{{总体情况}}`, alone in its paragraph, becomes the
paragraphs of that part; a row of a table that names `{{滞后表.名称}}` is repeated for each row of
that table (`docs/decisions/0025-briefs.md`).
"""

from .checking import problems
from .filling import Filling, Para, fill

__all__ = ["Filling", "Para", "fill", "problems"]
