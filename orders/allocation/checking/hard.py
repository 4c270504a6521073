"""The hard rules, one pass over the shares."""

import numpy as np

from orders.allocation.checking.rules import Findings, Place, Rule
from orders.allocation.checking.terms import Rows, Terms, located
from orders.allocation.market import NO_LIMIT, IntArray
from orders.allocation.outcome import Shares


def judge_shares(terms: Terms, shares: Shares, found: Findings) -> Rows[np.int64]:
    """Name every breach; returns the rows that name a line and an offer, by position."""
    rows = _known(terms, shares, found)
    _judge_pairs(terms, rows, found)
    _judge_units(terms, rows, found)
    _judge_offers(terms, rows, found)
    _judge_buyers(terms, rows, found)
    _judge_lines(terms, rows, found)
    return rows


def _known(terms: Terms, shares: Shares, found: Findings) -> Rows[np.int64]:
    line, line_there = located(terms.market.lines.id, shares.line)
    offer, offer_there = located(terms.market.offers.id, shares.offer)

    def stranger(at: int) -> Place:
        return int(shares.line[at]), int(shares.offer[at]), "no such line or offer"

    fine = line_there & offer_there
    found.add(Rule.UNKNOWN, np.flatnonzero(~fine), stranger)
    return Rows(line[fine], offer[fine], shares.units[fine])


def _judge_pairs(terms: Terms, rows: Rows[np.int64], found: Findings) -> None:
    order = np.lexsort((rows.offer, rows.line))
    same = (np.diff(rows.line[order]) == 0) & (np.diff(rows.offer[order]) == 0)
    _add_rows(Rule.DUPLICATE, order[1:][same], (terms, rows, found), "this pair has two rows")
    for fault, wrong in terms.faults(rows.line, rows.offer).items():
        _add_rows(Rule.ELIGIBILITY, np.flatnonzero(wrong), (terms, rows, found), fault)


def _add_rows(
    rule: Rule, at: IntArray, case: tuple[Terms, Rows[np.int64], Findings], detail: str
) -> None:
    terms, rows, found = case
    lines, offers = terms.market.lines.id, terms.market.offers.id

    def place(row: int) -> Place:
        return int(lines[rows.line[row]]), int(offers[rows.offer[row]]), detail

    found.add(rule, at, place)


def _judge_units(terms: Terms, rows: Rows[np.int64], found: Findings) -> None:
    lines, offers = terms.market.lines, terms.market.offers
    pack, minimum = offers.pack[rows.offer], offers.min_order[rows.offer]

    def broken_pack(row: int) -> Place:
        detail = f"{rows.units[row]} units in packs of {pack[row]}"
        return int(lines.id[rows.line[row]]), int(offers.id[rows.offer[row]]), detail

    def too_few(row: int) -> Place:
        detail = f"{rows.units[row]} units, minimum {minimum[row]}"
        return int(lines.id[rows.line[row]]), int(offers.id[rows.offer[row]]), detail

    wrong = (rows.units <= 0) | (rows.units % pack != 0)
    found.add(Rule.PACK, np.flatnonzero(wrong), broken_pack)
    few = (rows.units > 0) & (rows.units < minimum)
    found.add(Rule.MIN_ORDER, np.flatnonzero(few), too_few)


def _judge_offers(terms: Terms, rows: Rows[np.int64], found: Findings) -> None:
    sold = summed(rows.units, rows.offer, len(terms.sellable))

    def oversold(offer: int) -> Place:
        detail = f"{sold[offer]} units of {terms.sellable[offer]} to sell"
        return None, int(terms.market.offers.id[offer]), detail

    found.add(Rule.STOCK, np.flatnonzero(sold > terms.sellable), oversold)


def _judge_buyers(terms: Terms, rows: Rows[np.int64], found: Findings) -> None:
    offers, buyer = terms.market.offers, terms.market.lines.buyer[rows.line]
    limit = offers.max_per_buyer[rows.offer]
    _judge_limit(Rule.CAP, (buyer, rows.offer), rows.units, limit, (offers.id, found))
    caps, groups = terms.market.policy.caps, terms.market.groups
    if caps:
        known = [groups.index(name) if name in groups else -1 for _, name in caps]
        table = {
            (each, group): cap for ((each, _), cap), group in zip(caps.items(), known, strict=True)
        }
        group = terms.line_in[rows.line]
        pairs = zip(buyer.tolist(), group.tolist(), strict=True)
        limit = np.array([table.get(pair, NO_LIMIT) for pair in pairs], np.int64)
        _judge_limit(Rule.ENTITY_CAP, (buyer, group), rows.units, limit, (None, found))


def _judge_limit(
    rule: Rule,
    key: tuple[IntArray, IntArray],
    units: IntArray,
    limit: IntArray,
    case: tuple[IntArray | None, Findings],
) -> None:
    """What rows with the same key add up to is at most their limit."""
    ids, found = case
    order = np.lexsort(key[::-1])
    first, second = key[0][order], key[1][order]
    new = np.r_[True, (np.diff(first) != 0) | (np.diff(second) != 0)][: len(order)]
    start = np.flatnonzero(new)
    taken = np.add.reduceat(units[order], start) if len(start) else units
    most = limit[order][start]

    def place(at: int) -> Place:
        where = second[start[at]]
        detail = f"buyer {first[start[at]]}: {taken[at]} units, limit {most[at]}"
        return None, None if ids is None else int(ids[where]), detail

    found.add(rule, np.flatnonzero(taken > most), place)


def _judge_lines(terms: Terms, rows: Rows[np.int64], found: Findings) -> None:
    lines = terms.market.lines
    got = summed(rows.units, rows.line, len(lines))

    def too_much(line: int) -> Place:
        return int(lines.id[line]), None, f"{got[line]} units, {lines.wanted[line]} wanted"

    def useless(line: int) -> Place:
        detail = f"{got[line]} units, useful from {lines.min_useful[line]}"
        return int(lines.id[line]), None, detail

    found.add(Rule.WANTED, np.flatnonzero(got > lines.wanted), too_much)
    low = (got > 0) & (got < lines.min_useful)
    found.add(Rule.MIN_USEFUL, np.flatnonzero(low), useless)


def summed(units: IntArray, key: IntArray, count: int) -> IntArray:
    """Whole units per key, exactly."""
    total = np.zeros(count, np.int64)
    np.add.at(total, key, units)
    return total
