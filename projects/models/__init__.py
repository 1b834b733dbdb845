"""The models, lowest first; see `docs/architecture.md` for who may import whom."""

from .access import AccessEvent
from .accounts import User
from .agreements import Agreement
from .industrial import IndustrialProject
from .infrastructure import InfrastructureProject
from .items import CooperationItem
from .ledger import LedgerEntry
from .milestones import Milestone
from .money import Indicator, MoneyFigure
from .organisations import Organisation
from .places import Region, Sector
from .recorded import Recorded
from .steps import StepRefused
from .trail import Act, ChainHead, Revision, Stale
from .versions import EntryVersion

#: The model of each ledger, by the path of its list.
LEDGER_MODELS: dict[str, type[LedgerEntry]] = {
    str(model.kind): model
    for model in (Agreement, CooperationItem, IndustrialProject, InfrastructureProject)
}

__all__ = [
    "LEDGER_MODELS",
    "AccessEvent",
    "Act",
    "Agreement",
    "ChainHead",
    "CooperationItem",
    "EntryVersion",
    "Indicator",
    "IndustrialProject",
    "InfrastructureProject",
    "LedgerEntry",
    "Milestone",
    "MoneyFigure",
    "Organisation",
    "Recorded",
    "Region",
    "Revision",
    "Sector",
    "Stale",
    "StepRefused",
    "User",
]
