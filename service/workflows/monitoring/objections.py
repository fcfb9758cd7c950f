"""Whether an objection stands in a case: undecided, or upheld and not yet seen to."""

from collections.abc import Collection
from collections.abc import Set as AbstractSet
from typing import Any

from service.workflows.matter import Matter
from service.workflows.monitoring.entry_events import (
    LodgeObjection,
    RejectObjection,
    UpholdObjection,
)


def objection_stands(
    matter: Matter[Any], acts: AbstractSet[str], upheld_until: Collection[str]
) -> bool:
    """Tell whether one stands after the event of the matter, which is known as `acts`.

    One that was upheld stands until one of the acts `upheld_until`; without any, not at all.
    """
    said = [(one.body, {one.body.event, one.completes}) for one in matter.dossier.entries]
    lodged, pending, upheld = 0, set[int](), False
    for body, names in (*said, (matter.body, acts)):
        if isinstance(body, LodgeObjection):
            lodged += 1
            pending.add(lodged)
        elif isinstance(body, RejectObjection | UpholdObjection):
            pending.discard(body.objection)
            upheld |= isinstance(body, UpholdObjection)
        if not names.isdisjoint(upheld_until):
            upheld = False
    return bool(pending) or (upheld and bool(upheld_until))
