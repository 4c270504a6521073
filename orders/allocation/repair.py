"""Moves between lines that mend what rounding to packs broke."""

from orders.allocation.ledger import Ledger


def respect_tiers(ledger: Ledger) -> bool:
    """Give each short line the step that lower tiers hold in its place; whether any moved.

    Tiers are strict: the lowest tier gives first, and in it who is furthest above its target.
    """
    moved = False
    lines = range(len(ledger.choices))
    for line in sorted(lines, key=lambda i: (ledger.tier[i], -ledger.short(i), ledger.draw[i])):
        while (offer := _overtaken_on(ledger, line)) is not None:
            _make_way(ledger, line, offer)
            ledger.move(line, offer, ledger.step(line, offer))
            moved = True
    return moved


def _overtaken_on(ledger: Ledger, line: int) -> int | None:
    """The offer, of the lowest tier that holds any, where lower tiers hold the line's step."""
    if ledger.got[line] >= ledger.wanted[line]:
        return None
    found: list[tuple[int, int, int]] = []
    for rank, offer in enumerate(ledger.choices[line]):
        lower = _lower_holders(ledger, line, offer)
        if lower and _would_fit(ledger, line, offer, lower):
            found.append((-max(ledger.tier[other] for other in lower), rank, offer))
    return min(found)[-1] if found else None


def _lower_holders(ledger: Ledger, line: int, offer: int) -> list[int]:
    tier = ledger.tier[line]
    return [other for other in ledger.held[offer] if ledger.tier[other] > tier]


def _would_fit(ledger: Ledger, line: int, offer: int, lower: list[int]) -> bool:
    """Whether the line's step would fit if the lower lines gave all of the offer back."""
    held, buyer = ledger.held[offer], ledger.buyer[line]
    freed = sum(held[other] for other in lower)
    own = sum(held[other] for other in lower if ledger.buyer[other] == buyer)
    return ledger.step(line, offer) <= min(
        ledger.left[offer] + freed,
        ledger.cap_room(line, offer) + own,
        ledger.wanted[line] - ledger.got[line],
    )


def _make_way(ledger: Ledger, line: int, offer: int) -> None:
    """Evict lower lines, the buyer's own first if its cap is in the way, until the step fits."""
    step = ledger.step(line, offer)
    capped = step > ledger.cap_room(line, offer)

    def order(other: int) -> tuple[bool, int, float, int]:
        own = ledger.buyer[other] == ledger.buyer[line]
        excess = ledger.short(other) / ledger.need[other]
        return not (capped and own), -ledger.tier[other], excess, ledger.draw[other]

    for other in sorted(_lower_holders(ledger, line, offer), key=order):
        own = ledger.buyer[other] == ledger.buyer[line]
        over_cap = step - ledger.cap_room(line, offer) if own else 0
        missing = max(step - ledger.left[offer], over_cap)
        if missing > 0 and other in ledger.held[offer]:
            ledger.evict(other, offer, missing)


def approach_targets(ledger: Ledger) -> bool:
    """Move steps inside tiers where that brings the two lines nearer to their targets.

    Nearer: a smaller sum of distances. Targets are whole thousandths, so gains are no dust.
    """
    moved = False
    lines = range(len(ledger.choices))
    for line in sorted(lines, key=lambda i: (-ledger.short(i) / ledger.need[i], ledger.draw[i])):
        while ledger.short(line) > 0 and (found := _best_giver(ledger, line)):
            other, offer = found
            step = ledger.step(line, offer)
            ledger.move(other, offer, -max(0, step - ledger.left[offer]))
            ledger.move(line, offer, step)
            moved = True
    return moved


def _best_giver(ledger: Ledger, line: int) -> tuple[int, int] | None:
    """(giver, offer) of the move that helps most; ties by the line's preference, then by lot."""
    room = ledger.wanted[line] - ledger.got[line]
    found = [
        (change, rank, ledger.draw[other], other, offer)
        for rank, offer in enumerate(ledger.choices[line])
        if ledger.step(line, offer) <= room
        for other in ledger.held[offer]
        if ledger.tier[other] == ledger.tier[line]
        and (change := _change(ledger, line, other, offer)) < 0
        and _may_give(ledger, line, other, offer)
    ]
    return min(found)[-2:] if found else None


def _may_give(ledger: Ledger, line: int, other: int, offer: int) -> bool:
    """Whether `other` can hand over exactly what lacks to the line's step."""
    step = ledger.step(line, offer)
    given = max(0, step - ledger.left[offer])
    freed = given if ledger.buyer[line] == ledger.buyer[other] else 0
    return (
        given <= ledger.held[offer][other]
        and ledger.removable(other, offer, given)
        and step <= ledger.cap_room(line, offer) + freed
    )


def _change(ledger: Ledger, line: int, other: int, offer: int) -> float:
    """Change of the sum of the two lines' distances to target, in units; negative is nearer."""
    step = ledger.step(line, offer)
    given = max(0, step - ledger.left[offer])
    mine, theirs = ledger.short(line), ledger.short(other)
    return round(abs(mine - step) - abs(mine) + abs(theirs + given) - abs(theirs), 3)
