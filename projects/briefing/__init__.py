"""A brief (通报) of a frozen month or quarter: its figures, its words and its annexes.

All figures are read as at the closing of the month and compared with the closing before; page,
print and .docx show the same `Bulletin`.
"""

from .bulletins import Bulletin, bulletin, earlier_of
from .words import neutral

__all__ = ["Bulletin", "bulletin", "earlier_of", "neutral"]
