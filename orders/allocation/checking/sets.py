"""Sets of offers as rows of bits, 64 to a word: 20,000 lines × 1,000 offers in 2.5 MB."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from orders.allocation.market import BoolArray, FloatArray, IntArray


Bits = NDArray[np.uint64]


def packed(table: BoolArray) -> Bits:
    """One row of bits per row of the table; offers are its columns."""
    rows, columns = table.shape
    words = max(1, -(-columns // 64))
    padded = np.zeros((rows, words * 64), bool)
    padded[:, :columns] = table
    return np.packbits(padded, axis=1, bitorder="little").view(np.uint64)


def clear(bits: Bits, row: IntArray, offer: IntArray) -> None:
    """Take one offer out of a row, for each (row, offer)."""
    mask = ~(np.uint64(1) << (offer % 64).astype(np.uint64))
    np.bitwise_and.at(bits, (row, offer // 64), mask)


def pairs_in_parts(bits: Bits, at_once: int = 1 << 20) -> Iterator[tuple[IntArray, IntArray]]:
    """Every (row, offer) that is set, in order, about so many at a time."""
    count = np.bitwise_count(bits).sum(1, dtype=np.int64)
    rows = np.flatnonzero(count)
    part = np.cumsum(count[rows]) // at_once
    for number in np.unique(part):
        some = rows[part == number]
        dense = np.unpackbits(bits[some].view(np.uint8), axis=1, bitorder="little")
        row, offer = np.nonzero(dense)
        yield some[row], offer


def first(bits: Bits) -> tuple[IntArray, IntArray]:
    """The rows that are not empty, and the first offer of each."""
    rows = np.flatnonzero(bits.any(1))
    dense = np.unpackbits(bits[rows].view(np.uint8), axis=1, bitorder="little")
    return rows, dense.argmax(1)


def weighed(bits: Bits, weight: IntArray) -> IntArray:
    """Per row: the weights of its offers added up."""
    octets = bits.view(np.uint8)
    padded = np.zeros(octets.shape[1] * 8, np.int64)
    padded[: len(weight)] = weight
    spelled = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little")
    sums = spelled.astype(np.int64) @ padded.reshape(-1, 8).T
    total = np.zeros(len(bits), np.int64)
    for column in range(octets.shape[1]):
        total += sums[octets[:, column], column]
    return total


class Ladder:
    """For any bound: the set of offers whose value is at most that."""

    def __init__(self, values: IntArray | FloatArray) -> None:
        self._rungs = np.unique(values)
        parts = [packed(np.zeros((1, len(values)), bool))]
        for start in range(0, len(self._rungs), 1024):
            parts.append(packed(values <= self._rungs[start : start + 1024, None]))
        self._table = np.concatenate(parts)

    def up_to(self, bound: IntArray | FloatArray) -> Bits:
        """One row of bits per bound."""
        return self._table[np.searchsorted(self._rungs, bound, side="right")]
