"""Allocation rounds: frozen input and result by group, and the reason of every line.

A round writes millions of references at once, which PostgreSQL checks one by one. Those of
`Explanation` and `SupplierOrderLine` carry no constraint: the statements that write them join with
rows they hold, and a trigger refuses to remove what is referred to (ADR 10).
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from catalog.models import Offer
from orders.enums import LIVE_ROUND, GroupStatus, Limit, RoundStatus, RoundTrigger
from orders.models.orders import Order, OrderLine
from orders.models.policies import AllocationPolicy


class RoundQuerySet(models.QuerySet["AllocationRound"]):
    """Rounds by who may see them."""

    def visible_to(self, user: User) -> "RoundQuerySet":
        """The ministry's roles; buyers see their own lines' explanations instead."""
        return self if user.has_ministry_role() else self.none()

    def locked(self) -> "RoundQuerySet":
        """For an operation: the row is held until its transaction ends."""
        return self.select_for_update(of=("self",), no_key=True)

    def live(self) -> "RoundQuerySet":
        """Begun and not finished; a simulation that waits for a decision is."""
        return self.filter(status__in=LIVE_ROUND)

    def unfinished(self) -> "RoundQuerySet":
        """With work left for workers."""
        computing = Q(status__in=[RoundStatus.DRAFT, RoundStatus.SOLVING])
        to_commit = Q(status=RoundStatus.SIMULATED, for_decision=False)
        return self.filter(computing | to_commit | Q(news_pending=True))


class Leased(models.Model):
    """Work that one worker at a time holds, until its lease on the database's clock is over."""

    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        abstract = True


class AllocationRound(Leased):
    """One sharing-out of scarce goods, on a snapshot that is frozen and hashed before solving.

    A round `for_decision` is a simulation: it stops once it is computed and comes into force only
    if an allocator says so. One with a `base` is computed on the snapshot of that round.
    """

    status = models.CharField(
        _("status"), max_length=10, choices=RoundStatus.choices, default=RoundStatus.DRAFT
    )
    trigger = models.CharField(_("opened by"), max_length=10, choices=RoundTrigger.choices)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    policy = models.ForeignKey(AllocationPolicy, models.PROTECT, related_name="rounds")
    opened_at = models.DateTimeField(_("opened"), auto_now_add=True)
    committed_at = models.DateTimeField(_("in force since"), null=True, blank=True)
    for_decision = models.BooleanField(_("simulation"), default=False)
    base = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="variants",
        verbose_name=_("on the snapshot of"),
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    seed = models.CharField(max_length=64)
    times_frozen = models.PositiveSmallIntegerField(default=0)
    snapshot_sha256 = models.CharField(_("fingerprint of the input"), max_length=64, blank=True)
    result_sha256 = models.CharField(_("fingerprint of the result"), max_length=64, blank=True)
    lines_count = models.PositiveIntegerField(_("lines"), default=0)
    wanted_units = models.PositiveBigIntegerField(_("units asked for"), default=0)
    allocated_units = models.PositiveBigIntegerField(_("units allocated"), default=0)
    news_pending = models.BooleanField(_("news still to be sent"), default=False)
    failure = models.TextField(_("why it failed"), blank=True)

    objects = RoundQuerySet.as_manager()

    class Meta:
        verbose_name = _("allocation round")
        verbose_name_plural = _("allocation rounds")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=RoundStatus.values), name="round_status_known"
            ),
            models.UniqueConstraint(
                models.Value(1),
                condition=Q(status__in=sorted(LIVE_ROUND), for_decision=False),
                name="round_one_at_a_time",
                violation_error_message=_("A round is running already."),
            ),
            models.CheckConstraint(
                condition=~Q(status=RoundStatus.COMMITTED)
                | Q(committed_at__isnull=False) & ~Q(result_sha256=""),
                name="round_committed_has_result",
            ),
            models.CheckConstraint(
                condition=~Q(status=RoundStatus.COMMITTED, for_decision=True),
                name="round_simulation_is_not_in_force",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None)
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="round_decision_paired",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def public_ref(self) -> str:
        return str(self.pk)


class GroupQuerySet(models.QuerySet["RoundGroup"]):
    """Groups of rounds by their state."""

    def waiting(self) -> "GroupQuerySet":
        """To be solved, by a worker that holds it or by any."""
        return self.filter(status=GroupStatus.WAITING, round__status=RoundStatus.SOLVING)


class RoundGroup(Leased):
    """One substitution group of a round: solved on its own, by any worker.

    Groups share neither stock nor wishes. `input` and `outcome` are zlib-compressed; the
    fingerprints are SHA-256 of the plain bytes. `facts` is what another policy is applied to
    when the same snapshot is simulated again, `before` the outcome from which a group is solved
    again after something moved.
    """

    round = models.ForeignKey(AllocationRound, models.CASCADE, related_name="groups")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(_("name"), max_length=200)
    status = models.CharField(
        _("status"), max_length=10, choices=GroupStatus.choices, default=GroupStatus.WAITING
    )
    input = models.BinaryField()
    input_sha256 = models.CharField(_("fingerprint of the input"), max_length=64)
    facts = models.BinaryField()
    before = models.BinaryField(null=True)
    outcome = models.BinaryField(null=True)
    outcome_sha256 = models.CharField(_("fingerprint of the result"), max_length=64, blank=True)
    lines_count = models.PositiveIntegerField(_("lines"))
    offers_count = models.PositiveIntegerField(_("offers"))
    wanted_units = models.PositiveBigIntegerField(_("units asked for"))
    allocated_units = models.PositiveBigIntegerField(_("units allocated"), default=0)
    seconds = models.FloatField(_("seconds"), default=0)
    summary = models.JSONField(_("figures"), default=dict)

    objects = GroupQuerySet.as_manager()

    class Meta:
        verbose_name = _("group of a round")
        verbose_name_plural = _("groups of rounds")
        ordering = ["round_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["round", "position"], name="group_position_unique"),
            models.CheckConstraint(
                condition=Q(status=GroupStatus.WAITING, outcome=None, outcome_sha256="")
                | (Q(status=GroupStatus.SOLVED, outcome__isnull=False) & ~Q(outcome_sha256="")),
                name="group_solved_has_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round_id}/{self.position} {self.name}"


class AllocationQuerySet(models.QuerySet["Allocation"]):
    """Allocations by who may see them."""

    def visible_to(self, user: User) -> "AllocationQuerySet":
        """Those of the lines that the person may see."""
        return self.filter(line__order__in=Order.objects.visible_to(user))


class Allocation(models.Model):
    """Units of one offer promised to one line: by a round, or at once where goods are ample."""

    round = models.ForeignKey(
        AllocationRound,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="allocations",
        db_index=False,
    )
    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="allocations")
    offer = models.ForeignKey(Offer, models.PROTECT, related_name="allocations")
    units = models.PositiveBigIntegerField(_("units"))
    unit_price_eur = models.DecimalField(_("unit price"), max_digits=12, decimal_places=4)
    price_rule_ids = models.JSONField(default=list)
    at = models.DateTimeField(auto_now_add=True)

    objects = AllocationQuerySet.as_manager()

    class Meta:
        verbose_name = _("allocation")
        verbose_name_plural = _("allocations")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(units__gte=1), name="allocation_has_units"),
            models.UniqueConstraint(
                fields=["round", "line", "offer"],
                nulls_distinct=False,
                name="allocation_once_per_round",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} ← {self.units} × {self.offer_id}"


class ExplanationQuerySet(models.QuerySet["Explanation"]):
    """Explanations by who may see them."""

    def visible_to(self, user: User) -> "ExplanationQuerySet":
        """Those of the lines that the person may see."""
        return self.filter(line__order__in=Order.objects.visible_to(user))


class Explanation(models.Model):
    """Why one line got what it got: in one round, or (round empty) at once from ample stock."""

    round = models.ForeignKey(
        AllocationRound,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="explanations",
        db_constraint=False,
        db_index=False,
    )
    line = models.ForeignKey(
        OrderLine, models.CASCADE, related_name="explanations", db_constraint=False
    )
    at = models.DateTimeField(auto_now_add=True)
    limit = models.CharField(_("what limited it"), max_length=15, choices=Limit.choices)
    tier = models.PositiveSmallIntegerField(_("rank"), default=0)
    asked_units = models.PositiveBigIntegerField(_("asked for"))
    need_units = models.DecimalField(_("reference need"), max_digits=16, decimal_places=3)
    received_units = models.PositiveBigIntegerField(_("received"))
    target_units = models.DecimalField(_("exact fair share"), max_digits=16, decimal_places=3)
    reachable_units = models.PositiveBigIntegerField(_("stock within reach"))
    peers = models.PositiveIntegerField(_("lines of the same rank"))
    peer_fill_pct = models.DecimalField(_("filled on average (%)"), max_digits=5, decimal_places=2)
    past_units = models.DecimalField(
        _("received before, as far as it counts"), max_digits=16, decimal_places=3, default=0
    )
    part_tier = models.PositiveSmallIntegerField(default=0)
    part_level = models.FloatField(_("level of its part"), default=0)
    part_lines = models.PositiveIntegerField(_("lines of its part"), default=0)
    part_offers = models.PositiveIntegerField(_("offers of its part"), default=0)
    part_supply_units = models.DecimalField(
        _("stock of its part"), max_digits=19, decimal_places=3, default=0
    )
    extra_units = models.PositiveBigIntegerField(null=True, blank=True)
    would_receive_units = models.PositiveBigIntegerField(null=True, blank=True)

    objects = ExplanationQuerySet.as_manager()

    class Meta:
        verbose_name = _("explanation")
        verbose_name_plural = _("explanations")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "line"],
                nulls_distinct=False,
                name="explanation_once_per_round",
            ),
            models.CheckConstraint(
                condition=Q(limit__in=Limit.values), name="explanation_limit_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id}: {self.received_units} / {self.asked_units} ({self.limit})"
