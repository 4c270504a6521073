"""Write down what happened; the rows written here are the only queue that news travels by."""

import hashlib
import json
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import models, transaction
from django.utils import timezone

from accounts.models import User
from journal import copying
from journal.enums import Channel, DeliveryStatus
from journal.models import Delivery, Event


FEW = 5
"""Up to so many events are worth no COPY."""


def _exact(value: object) -> object:
    # PostgreSQL gives a float without a fraction (1e16, -0.0) back as another number than it got.
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _exact(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_exact(each) for each in value]
    return value


def canonical(event: Event) -> bytes:
    """The event as the digest sees it: sorted JSON, independent of database and language."""
    return json.dumps(
        {
            "uid": str(event.uid),
            "at": event.at.astimezone(UTC).isoformat(),
            "actor": event.actor_id,
            "verb": event.verb,
            "subject": [event.subject_type, event.subject_ref],
            "organisations": sorted(str(each) for each in event.organisations),
            "payload": _exact(event.payload),
        },
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()


def digest_of(event: Event) -> str:
    """SHA-256 of the canonical form, in hex."""
    return hashlib.sha256(canonical(event)).hexdigest()


@transaction.atomic
def record(
    verb: str,
    subject: models.Model,
    *,
    by: User | None,
    to: Iterable[User] = (),
    organisations: Iterable[uuid.UUID] = (),
    payload: dict[str, Any] | None = None,
) -> Event:
    """Nothing → Event, with one in-app and one e-mail delivery per active recipient.

    `subject` has a `public_ref`. `payload` holds plain JSON values, named in the texts of
    templates/<app>/events/<verb>.txt. Service accounts get no post; the actor is not told of
    their own act by e-mail.
    """
    event = _event(verb, Entry(subject, to, organisations, payload or {}), by, timezone.now())
    event.save()
    Delivery.objects.bulk_create(_deliveries(event, to))
    return event


@dataclass(frozen=True)
class Entry:
    """What `record` is told, for `record_all`."""

    subject: models.Model
    to: Iterable[User] = ()
    organisations: Iterable[uuid.UUID] = ()
    payload: dict[str, Any] = field(default_factory=dict)


def record_all(verb: str, entries: Sequence[Entry], *, by: User | None) -> list[Event]:
    """As `record` for each entry, in the transaction of the caller; a few statements for all."""
    at = timezone.now()
    events = [_event(verb, entry, by, at) for entry in entries]
    if len(events) > FEW:
        copying.copy_events(events)
        copying.copy_deliveries(
            (event.pk, *post, 0, "")
            for event, entry in zip(events, entries, strict=True)
            for post in _post(event, entry.to)
        )
        return events
    for event in events:
        event.save()
    Delivery.objects.bulk_create(
        row
        for event, entry in zip(events, entries, strict=True)
        for row in _deliveries(event, entry.to)
    )
    return events


def _event(verb: str, entry: Entry, by: User | None, at: datetime) -> Event:
    event = Event(
        at=at,
        actor=by,
        verb=verb,
        subject_type=entry.subject._meta.label_lower,
        subject_ref=str(entry.subject.public_ref),  # type: ignore[attr-defined]
        organisations=sorted(set(entry.organisations)),
        payload=entry.payload,
    )
    event.digest = digest_of(event)
    return event


class _Post(NamedTuple):
    """What a delivery says besides its event."""

    recipient_id: int
    channel: str
    status: str
    sent_at: datetime | None
    next_attempt_at: datetime
    read_at: datetime | None


def _post(event: Event, to: Iterable[User]) -> Iterator[_Post]:
    people = {user.pk: user for user in to if user.is_active and not user.is_service}
    for pk in sorted(people):
        own = pk == event.actor_id  # no news to them
        read_at = event.at if own else None
        yield _Post(
            pk, Channel.IN_APP.value, DeliveryStatus.SENT.value, event.at, event.at, read_at
        )
        if not own:
            yield _Post(
                pk, Channel.EMAIL.value, DeliveryStatus.PENDING.value, None, event.at, None
            )


def _deliveries(event: Event, to: Iterable[User]) -> list[Delivery]:
    return [Delivery(event=event, **post._asdict()) for post in _post(event, to)]


def mark_read(deliveries: models.QuerySet[Delivery], *, at: datetime) -> int:
    """Unread → read; returns how many."""
    return deliveries.filter(read_at=None).update(read_at=at)
