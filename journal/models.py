"""What happened, who has to hear of it, and the seals that show any later change."""

import uuid

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from journal.enums import Channel, DeliveryStatus


class EventQuerySet(models.QuerySet["Event"]):
    """Events by what they are about and by who may read them."""

    def about(self, subject: models.Model) -> "EventQuerySet":
        """The story of one object, oldest first."""
        return self.filter(
            subject_type=subject._meta.label_lower,
            subject_ref=str(subject.public_ref),  # type: ignore[attr-defined]
        ).order_by("pk")

    def visible_to(self, user: User | AnonymousUser) -> "EventQuerySet":
        """All of them for the ministry; the others hear through their deliveries."""
        if user.is_authenticated and user.has_ministry_role():
            return self
        return self.filter(deliveries__recipient_id=user.pk).distinct()


class Event(models.Model):
    """One business act, written in the same transaction; PostgreSQL refuses to change it."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    at = models.DateTimeField(_("at"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("by"),
    )
    verb = models.CharField(_("what happened"), max_length=60)
    subject_type = models.CharField(max_length=60)
    subject_ref = models.CharField(_("about"), max_length=60)
    organisations = ArrayField(models.UUIDField(), default=list)
    payload = models.JSONField(default=dict)
    digest = models.CharField(max_length=64, editable=False)
    transaction_id = models.BigIntegerField(
        editable=False,
        db_default=Cast(
            Cast(models.Func(function="pg_current_xact_id"), models.TextField()),
            models.BigIntegerField(),
        ),
    )

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("journal entry")
        verbose_name_plural = _("journal")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["subject_type", "subject_ref"], name="event_subject"),
            models.Index(fields=["transaction_id"], name="event_transaction"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject_ref}"


class Seal(models.Model):
    """One link of the chain: the events of a range of finished transactions, hashed together.

    `entries` lists (event id, digest) in the order of the ids; `digest` is SHA-256 over the
    previous seal's digest and these entries.
    """

    sealed_at = models.DateTimeField(auto_now_add=True)
    from_transaction = models.BigIntegerField()
    until_transaction = models.BigIntegerField()
    entries = models.JSONField(default=list)
    previous_digest = models.CharField(max_length=64, unique=True)
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        verbose_name = _("seal")
        verbose_name_plural = _("seals")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(from_transaction__lt=models.F("until_transaction")),
                name="seal_covers_a_range",
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.digest[:12]}"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Deliveries by state and by reader."""

    def visible_to(self, user: User | AnonymousUser) -> "DeliveryQuerySet":
        """Each person's own post."""
        return self.filter(recipient_id=user.pk)

    def inbox(self, user: User | AnonymousUser) -> "DeliveryQuerySet":
        """What the person finds in the product, newest first."""
        return (
            self.visible_to(user)
            .filter(channel=Channel.IN_APP)
            .select_related("event", "event__actor")
            .order_by("-pk")
        )

    def unread(self) -> "DeliveryQuerySet":
        """Not opened yet."""
        return self.filter(read_at=None)


class Delivery(models.Model):
    """One event on its way to one person by one channel."""

    event = models.ForeignKey(Event, models.PROTECT, related_name="deliveries")
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="deliveries"
    )
    channel = models.CharField(max_length=10, choices=Channel.choices)
    status = models.CharField(
        max_length=10, choices=DeliveryStatus.choices, default=DeliveryStatus.PENDING
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "recipient", "channel"], name="delivery_once_per_channel"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=DeliveryStatus.values), name="delivery_status_known"
            ),
            models.CheckConstraint(
                condition=models.Q(channel__in=Channel.values), name="delivery_channel_known"
            ),
            models.CheckConstraint(
                condition=models.Q(status=DeliveryStatus.SENT, sent_at__isnull=False)
                | (~models.Q(status=DeliveryStatus.SENT) & models.Q(sent_at=None)),
                name="delivery_sent_has_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=models.Q(status=DeliveryStatus.PENDING),
                name="delivery_due",
            ),
            models.Index(fields=["recipient", "channel", "-id"], name="delivery_inbox"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} → {self.recipient_id} {self.channel}"
