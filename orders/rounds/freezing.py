"""The input of a round, frozen and published before anything is computed; and frozen again, in
the groups where something has moved since."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection, transaction

from orders.allocation import solving
from orders.allocation.input import frozen
from orders.allocation.market import Market
from orders.enums import RoundStatus
from orders.models import AllocationRound, RoundGroup
from orders.operations.telling import note_round, tell_allocators
from orders.rounds import groups, snapshot
from orders.rounds.booking import UNHURRIED, Conflict
from orders.rounds.facts import Facts
from orders.rounds.moving import hold, move_round
from orders.rounds.snapshot import Part


def freeze(round_: AllocationRound) -> None:
    """DRAFT → SOLVING: the input as one transaction saw it, its fingerprint in the journal."""
    parts = _parts(round_)
    rows = [_row(round_, position, part) for position, part in enumerate(parts)]
    with transaction.atomic():
        held = hold(round_.pk, RoundStatus.DRAFT)
        if held is not None:
            _store(held, rows)


def freeze_again(round_: AllocationRound, conflict: Conflict) -> bool:
    """SIMULATED → SOLVING: the groups that the conflict names, and no others, are frozen anew and
    wait to be solved from where they stood.

    A round that somebody put into force waits for a decision again, the allocators told: what
    comes out is no longer what was decided on. False where nothing of the round is left.
    """
    old = {row.pk: row for row in round_.groups.order_by("position")}
    goods = {pk: _Goods.of(snapshot.of_market(row.input)) for pk, row in old.items()}
    fresh = [(part, _Goods.of(part.market)) for part in _see(round_)]
    moved = {pk for pk, its in goods.items() if its.meets(_Goods(conflict.lines, conflict.offers))}
    widened: set[int] = set()
    while widened != moved:
        widened = set(moved)
        theirs = [goods[pk] for pk in moved]
        anew = [(part, its) for part, its in fresh if any(map(its.meets, theirs))]
        moved |= {pk for pk, its in goods.items() if any(its.meets(new) for _part, new in anew)}
    rows = [row for pk, row in old.items() if pk not in moved]
    for part, its in anew:
        before = [groups.stored(old[pk])[1] for pk in sorted(moved) if goods[pk].meets(its)]
        row = _row(round_, 0, part)
        row.before = snapshot.pack(frozen.to_bytes(solving.merge(before)))
        rows.append(row)
    if not rows:
        return False
    _replace(round_, sorted(rows, key=lambda row: (-row.lines_count, row.name)), conflict)
    return True


@dataclass(frozen=True)
class _Goods:
    """Lines and offers by key."""

    lines: Collection[int]
    offers: Collection[int]

    @classmethod
    def of(cls, market: Market) -> "_Goods":
        return cls(frozenset(market.lines.id.tolist()), frozenset(market.offers.id.tolist()))

    def meets(self, other: "_Goods") -> bool:
        """Whether they have a line or an offer in common."""
        lines = any(line in self.lines for line in other.lines)
        return lines or any(offer in self.offers for offer in other.offers)


def _replace(round_: AllocationRound, rows: list[RoundGroup], conflict: Conflict) -> None:
    with transaction.atomic():
        held = hold(round_.pk, RoundStatus.SIMULATED)
        if held is None:
            return
        before = held.result_sha256
        decided = held.decided_by is not None
        held.groups.all().delete()
        for position, row in enumerate(rows):
            row.pk, row.position = None, position
        held.times_frozen += 1
        held.result_sha256, held.base = "", None
        _store(held, rows, result_before=before, moved=str(conflict))
        if decided:
            held.for_decision, held.decided_by, held.decided_at = True, None, None
            held.save()
            tell_allocators("round_moved", held, why=str(conflict))


def _store(held: AllocationRound, rows: list[RoundGroup], **facts: object) -> None:
    """The held round with its groups, and the fingerprints for everybody to see."""
    move_round(held, RoundStatus.SOLVING)
    RoundGroup.objects.bulk_create(rows, batch_size=1)  # each is megabytes
    held.snapshot_sha256 = snapshot.fingerprint(row.input_sha256 for row in rows)
    held.lines_count = sum(row.lines_count for row in rows)
    held.wanted_units = sum(row.wanted_units for row in rows)
    held.save()
    note_round(
        "round_frozen",
        held,
        by=None,
        sha256=held.snapshot_sha256,
        groups=len(rows),
        seed_sha256=hashlib.sha256(held.seed.encode()).hexdigest(),
        **facts,
    )


def _parts(round_: AllocationRound) -> list[Part]:
    if round_.base is None:
        return _see(round_)
    stored = round_.base.groups.order_by("position")
    kept = (
        Part(snapshot.of_market(row.input), Facts.from_bytes(snapshot.unpack(row.facts)))
        for row in stored
    )
    return list(snapshot.again(round_.policy, kept))


def _see(round_: AllocationRound) -> list[Part]:
    with transaction.atomic():
        _see_one_moment()
        return snapshot.take(round_.policy, round_.seed)


def _see_one_moment() -> None:
    """All that this transaction reads is of one instant; nothing may have been read before."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute(UNHURRIED)


def _row(round_: AllocationRound, position: int, part: Part) -> RoundGroup:
    data = part.to_bytes()
    return RoundGroup(
        round=round_,
        position=position,
        name=part.name,
        input=snapshot.pack(data),
        input_sha256=snapshot.digest(data),
        facts=snapshot.pack(part.facts.to_bytes()),
        lines_count=len(part.market.lines),
        offers_count=len(part.market.offers),
        wanted_units=int(part.market.lines.wanted.sum()),
    )
