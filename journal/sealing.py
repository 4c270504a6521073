"""The chain of seals over the journal, and the inspection that names what was changed since.

A seal covers the events of transactions that had all ended when it was made, so sealing waits for
no business transaction and none waits for it. Transaction ids grow within one database cluster and
its physical copies; a logical copy (pg_dump) must start above the old ids (pg_resetwal -x).
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Q

from journal.models import Event, Seal
from journal.operations import digest_of


GENESIS = "0" * 64
SEALER_LOCK = 7_201_904
"""Any number that no other advisory lock of the project uses."""

Entries = list[list[int | str]]


@dataclass(frozen=True)
class Fault:
    """One row that is not what was sealed: `event` or `seal` is its primary key."""

    text: str
    event: int | None = None
    seal: int | None = None

    def __str__(self) -> str:
        return self.text


def chained_digest(previous: str, entries: Entries) -> str:
    """SHA-256 over the previous seal's digest and the canonical JSON of `entries`, in hex."""
    text = previous + json.dumps(entries, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def seal() -> Seal | None:
    """Unsealed events of ended transactions → one seal; None if there are none to seal."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [SEALER_LOCK])
        if not cursor.fetchone()[0]:
            return None
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        until = cursor.fetchone()[0]
    last = Seal.objects.order_by("-pk").first()
    start = last.until_transaction if last else 0
    events = Event.objects.filter(transaction_id__gte=start, transaction_id__lt=until)
    entries: Entries = [list(row) for row in events.order_by("pk").values_list("pk", "digest")]
    if not entries:
        return None
    previous = last.digest if last else GENESIS
    return Seal.objects.create(
        from_transaction=start,
        until_transaction=until,
        entries=entries,
        previous_digest=previous,
        digest=chained_digest(previous, entries),
    )


def head() -> tuple[int, str]:
    """How many seals there are, and the last digest: to be kept outside the database."""
    last = Seal.objects.order_by("-pk").first()
    return Seal.objects.count(), last.digest if last else GENESIS


def inspect(published_head: str = "") -> Iterator[Fault]:
    """Every difference between the journal and its seals; nothing for an untouched journal.

    Without a head that was published earlier, a tail cut off together with its seals leaves no
    trace.
    """
    previous, start, seen = GENESIS, 0, {GENESIS}
    for each in Seal.objects.order_by("pk").iterator(chunk_size=100):
        yield from _inspect_seal(each, previous, start)
        yield from _inspect_events(each)
        previous, start = each.digest, each.until_transaction
        seen.add(each.digest)
    yield from _inspect_unsealed(start)
    if published_head and published_head not in seen:
        yield Fault(
            f"The published head {published_head[:12]}… is not in the chain, which ends with"
            f" {previous[:12]}…: its tail was cut off or rewritten."
        )


def _inspect_seal(each: Seal, previous: str, start: int) -> Iterator[Fault]:
    if each.previous_digest != previous or each.from_transaction != start:
        yield Fault(
            f"Seal {each.pk} does not follow the one before it: one was removed or added.",
            seal=each.pk,
        )
    if chained_digest(each.previous_digest, each.entries) != each.digest:
        yield Fault(f"Seal {each.pk} was changed.", seal=each.pk)


def _inspect_events(each: Seal) -> Iterator[Fault]:
    sealed = {int(pk): digest for pk, digest in each.entries}
    by_digest = {digest: pk for pk, digest in sealed.items()}
    in_range = Q(
        transaction_id__gte=each.from_transaction, transaction_id__lt=each.until_transaction
    )
    found = {
        event.pk: event
        for event in Event.objects.filter(in_range | Q(pk__in=sealed)).order_by("pk")
    }
    for pk in sorted(sealed.keys() | found.keys()):
        if pk not in found:
            yield Fault(f"Event {pk} was removed (seal {each.pk}).", event=pk)
        elif pk not in sealed:
            yield Fault(f"Event {pk} was added after seal {each.pk}.", event=pk)
        elif (now := digest_of(found[pk])) != sealed[pk]:
            other = by_digest.get(now)
            how = f"holds what event {other} said: they were swapped" if other else "was changed"
            yield Fault(f"Event {pk} {how} (seal {each.pk}).", event=pk)


def _inspect_unsealed(start: int) -> Iterator[Fault]:
    for event in Event.objects.filter(transaction_id__gte=start).order_by("pk").iterator():
        if digest_of(event) != event.digest:
            yield Fault(f"Event {event.pk} was changed before it was sealed.", event=event.pk)
