"""How scarce goods are shared out: dated policies with floors and reserves, and dated caps."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from buyers.enums import BuyerKind
from catalog.models import Category, DatedRule
from core.places import departments, validate_department
from core.units import MAX_UNITS
from orders.enums import Basis


LAST_TIER = 9
"""The rank of kinds of buyer that a policy does not name."""
MAX_PAST_WEEKS = 26
HUNDRED = Decimal(100)


class AllocationPolicy(DatedRule):
    """How scarce goods are shared out, with its source and the days on which it holds.

    Past service: a unit that was promised k whole weeks ago counts `past_weight_pct` % to the
    power of k, for `past_weeks` weeks; 0 weeks: the past does not count.
    """

    name = models.CharField(gettext_lazy("name"), max_length=100)
    basis = models.CharField(
        gettext_lazy("fair share of"),
        max_length=5,
        choices=Basis.choices,
        default=Basis.NEED,
        help_text=gettext_lazy(
            "Sharing by the quantity asked for pays whoever claims most; verified need does not."
        ),
    )
    tiers = models.JSONField(
        gettext_lazy("priority"),
        default=dict,
        help_text=gettext_lazy(
            "Rank of each kind of buyer; 1 is served first. Kinds not named come last."
        ),
    )
    held_back_pct = models.DecimalField(
        gettext_lazy("held back (% of every stock)"),
        max_digits=5,
        decimal_places=2,
        default=0,
        help_text=gettext_lazy("Kept out of the round, for emergencies."),
    )
    past_weeks = models.PositiveSmallIntegerField(
        gettext_lazy("weeks of past service that count"),
        default=0,
        validators=[MaxValueValidator(MAX_PAST_WEEKS)],
        help_text=gettext_lazy("0: what was received before does not count."),
    )
    past_weight_pct = models.DecimalField(
        gettext_lazy("weight kept from week to week (%)"),
        max_digits=5,
        decimal_places=2,
        default=50,
        help_text=gettext_lazy("100: units received weeks ago count as much as those of today."),
    )

    class Meta(DatedRule.Meta):
        verbose_name = gettext_lazy("allocation policy")
        verbose_name_plural = gettext_lazy("allocation policies")
        ordering = ["-valid_from", "-pk"]
        constraints = [
            *DatedRule.Meta.constraints,
            models.CheckConstraint(
                condition=Q(held_back_pct__gte=0, held_back_pct__lt=100),
                name="policy_held_back_is_a_part",
                violation_error_message=gettext_lazy(
                    "Hold back at least 0 %% and less than 100 %%: else there is nothing to share."
                ),
            ),
            models.CheckConstraint(
                condition=Q(past_weight_pct__gt=0, past_weight_pct__lte=100),
                name="policy_past_weight_is_a_part",
                violation_error_message=gettext_lazy(
                    "The weight is above 0 %% and at most 100 %%; for no past at all set 0 weeks."
                ),
            ),
            models.CheckConstraint(
                condition=Q(past_weeks__lte=MAX_PAST_WEEKS), name="policy_past_within_memory"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """The ranks: known kinds of buyer, whole numbers from 1 to 9."""
        super().clean()
        if not isinstance(self.tiers, dict):
            raise ValidationError({"tiers": _("Write ranks as {“HOSPITAL”: 1, …}.")})
        for kind, rank in self.tiers.items():
            if kind not in BuyerKind.values:
                known = ", ".join(BuyerKind.values)
                message = _("“%(kind)s” is no kind of buyer. Known are: %(known)s.")
                raise ValidationError({"tiers": message % {"kind": kind, "known": known}})
            if type(rank) is not int or not 1 <= rank <= LAST_TIER:
                message = _("The rank of %(kind)s is a whole number from 1 to %(last)s.")
                raise ValidationError({"tiers": message % {"kind": kind, "last": LAST_TIER}})

    def tier_of(self, kind: str) -> int:
        """The rank of a kind of buyer; kinds that are not named come last."""
        return max(1, int(self.tiers.get(kind, LAST_TIER)))

    @property
    def is_settled(self) -> bool:
        """In force by now or used by a round: it is not edited any more, a new one replaces it."""
        if self.pk is None:
            return False
        return self.valid_from <= timezone.localdate() or self.rounds.exists()


class PolicyPart(models.Model):
    """Buyers that a policy favours: those that match every list given; no list, everyone."""

    position = models.PositiveSmallIntegerField(gettext_lazy("order"), default=1)
    share_pct = models.DecimalField(
        gettext_lazy("share (%)"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(Decimal("0.01")), MaxValueValidator(HUNDRED)],
    )
    kinds = ArrayField(
        models.CharField(max_length=15, choices=BuyerKind.choices),
        default=list,
        blank=True,
        verbose_name=gettext_lazy("kinds of buyer"),
        help_text=gettext_lazy("Separated by commas; empty: all kinds."),
    )
    departments = ArrayField(
        models.CharField(max_length=3),
        default=list,
        blank=True,
        verbose_name=gettext_lazy("departments"),
        help_text=gettext_lazy("Separated by commas; empty: all of France."),
    )
    regions = ArrayField(
        models.CharField(max_length=3),
        default=list,
        blank=True,
        verbose_name=gettext_lazy("regions (INSEE codes)"),
        help_text=gettext_lazy("Separated by commas; empty: all of France."),
    )

    class Meta:
        abstract = True
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(share_pct__gt=0, share_pct__lte=100),
                name="%(class)s_share_is_a_part",
                violation_error_message=gettext_lazy("A share is above 0 %% and at most 100 %%."),
            ),
        ]

    def clean(self) -> None:
        """Departments and regions exist."""
        super().clean()
        for code in self.departments or []:
            try:
                validate_department(code)
            except ValidationError as error:
                raise ValidationError({"departments": error}) from None
        known = sorted({each.region_code for each in departments().values()})
        for code in self.regions or []:
            if code not in known:
                message = _("“%(code)s” is no region. INSEE codes are: %(known)s.")
                raise ValidationError(
                    {"regions": message % {"code": code, "known": ", ".join(known)}}
                )

    def check_ranks(self, policy: AllocationPolicy) -> None:
        """Kinds are told apart by their rank alone: all kinds of a rank belong to a part, or
        none. Raises ValidationError naming the kind that is missing."""
        ranks = {policy.tier_of(kind) for kind in self.kinds}
        for kind in BuyerKind.values if self.kinds else []:
            if kind not in self.kinds and policy.tier_of(kind) in ranks:
                message = _(
                    "%(kind)s has the same rank as kinds chosen here: add it, or give it a rank "
                    "of its own."
                )
                raise ValidationError({"kinds": message % {"kind": kind}})


class PolicyFloor(PolicyPart):
    """Each line of these buyers gets this share of what it asks for before anything else."""

    policy = models.ForeignKey(AllocationPolicy, models.CASCADE, related_name="floors")

    class Meta(PolicyPart.Meta):
        verbose_name = gettext_lazy("floor")
        verbose_name_plural = gettext_lazy("floors")

    def __str__(self) -> str:
        return f"{self.position}: {self.share_pct} %"


class PolicyReserve(PolicyPart):
    """These buyers share at most this part of each group's supply among themselves, in order."""

    policy = models.ForeignKey(AllocationPolicy, models.CASCADE, related_name="reserves")
    name = models.CharField(gettext_lazy("name"), max_length=60)

    class Meta(PolicyPart.Meta):
        verbose_name = gettext_lazy("reserve")
        verbose_name_plural = gettext_lazy("reserves")
        constraints = [
            *PolicyPart.Meta.constraints,
            models.UniqueConstraint(
                fields=["policy", "name"],
                name="policyreserve_name_unique",
                violation_error_message=gettext_lazy(
                    "Another reserve of this policy has this name."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.share_pct} %"


def check_shares(reserves: Iterable[PolicyReserve]) -> None:
    """Raise ValidationError where reserves add up to more than everything."""
    total = sum((each.share_pct for each in reserves), Decimal(0))
    if total > HUNDRED:
        message = _("The reserves add up to %(total)s %%. Lower them to 100 %% together or less.")
        raise ValidationError(message % {"total": total.normalize()})


class EntityCap(DatedRule):
    """The most units of a category that a legal entity may be promised while the cap holds.

    `entity` is a SIREN or the name of a hospital group (GHT); empty: every entity on its own.
    """

    entity = models.CharField(
        gettext_lazy("legal entity (SIREN) or hospital group (GHT)"),
        max_length=100,
        blank=True,
        help_text=gettext_lazy("Empty: each legal entity or group on its own."),
    )
    category = models.ForeignKey(
        Category, models.PROTECT, related_name="+", verbose_name=gettext_lazy("category")
    )
    max_units = models.PositiveBigIntegerField(
        gettext_lazy("most units, from the first day to the last"),
        validators=[MaxValueValidator(MAX_UNITS)],
    )

    class Meta(DatedRule.Meta):
        verbose_name = gettext_lazy("cap per legal entity")
        verbose_name_plural = gettext_lazy("caps per legal entity")
        ordering = ["-valid_from", "-pk"]

    def __str__(self) -> str:
        return f"{self.entity or '*'} · {self.category}: {self.max_units}"

    @property
    def has_begun(self) -> bool:
        """Rounds may have counted on it."""
        return self.pk is not None and self.valid_from <= timezone.localdate()

    @property
    def is_settled(self) -> bool:
        """It is over."""
        today = timezone.localdate()
        return bool(self.pk and self.valid_until and self.valid_until < today)

    def clean(self) -> None:
        """A shelf that holds no product of its own would cap nothing."""
        super().clean()
        if self.category_id and not self.category.products.exists():
            raise ValidationError(
                {"category": _("No product stands on this shelf itself: choose a part of it.")}
            )

    def clean_fields(self, exclude: Any = None) -> None:  # noqa: ANN401 - Django's own type
        """Spaces around the name are a slip of the keyboard."""
        self.entity = " ".join(self.entity.split())
        super().clean_fields(exclude)
