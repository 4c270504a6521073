"""What the dated caps leave to each legal entity."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from orders.rounds import reading
from orders.rounds.entities import Entities


def left(
    entities: Entities, asking: Iterable[int], group_of: Mapping[str, str], day: date
) -> dict[tuple[int, str], int]:
    """Units by entity and group; `group_of`: the group of each category by slug.

    What an entity was promised since a cap began counts. Of several caps the strictest holds,
    also where a group joins several categories.
    """
    found: dict[tuple[int, str], int] = {}
    asking = set(asking)
    for cap, promised in reading.caps(day):
        group = group_of.get(cap.category.slug)
        named = entities.named(cap.entity) if cap.entity else None
        used: dict[int, int] = defaultdict(int)
        for account, units in promised.items():
            used[entities.of_account[account]] += units
        for entity in {named} & asking if cap.entity else asking:
            if group is not None and entity is not None:
                units = max(0, cap.max_units - used[entity])
                found[entity, group] = min(units, found.get((entity, group), units))
    return found
