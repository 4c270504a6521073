import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.organisations import Organisation, OrganisationStatus
from buyers.enums import BuyerKind, BuyerRole
from core.identifiers import validate_finess
from core.places import departments, validate_department


class RegisterEntry(models.Model):
    """One establishment of the public register of health establishments (FINESS, DREES)."""

    finess = models.CharField(_("FINESS number"), max_length=9, primary_key=True)
    legal_entity_finess = models.CharField(_("legal entity"), max_length=9, db_index=True)
    short_name = models.CharField(_("short name"), max_length=100)
    name = models.CharField(_("name"), max_length=200)
    department = models.CharField(_("department"), max_length=3)
    postcode = models.CharField(_("postcode"), max_length=5)
    city = models.CharField(_("town"), max_length=100)
    category = models.CharField(_("category"), max_length=100)
    legal_status = models.CharField(_("legal status"), max_length=100)
    siret = models.CharField(_("SIRET number"), max_length=14, blank=True, db_index=True)
    imported_at = models.DateTimeField(_("imported"))

    class Meta:
        verbose_name = _("entry of the health register")
        verbose_name_plural = _("health register")
        ordering = ["finess"]

    def __str__(self) -> str:
        return f"{self.name} ({self.finess})"

    @property
    def place(self) -> str:
        """The department in words; overseas territories that are none keep their code."""
        return str(departments().get(self.department, self.department))


class BuyerQuerySet(models.QuerySet["Buyer"]):
    """Buyers by who may see them."""

    def visible_to(self, user: User) -> "BuyerQuerySet":
        """The ministry sees all, members their own."""
        if user.has_ministry_role():
            return self
        return self.filter(members__user=user)

    def locked(self) -> "BuyerQuerySet":
        """For an operation: the row is held until its transaction ends."""
        return self.select_for_update(of=("self",), no_key=True)

    def approved(self) -> "BuyerQuerySet":
        """Those that may order."""
        return self.filter(status=OrganisationStatus.APPROVED)


class Buyer(Organisation):
    """A hospital, public body or firm that orders."""

    kind = models.CharField(_("kind"), max_length=15, choices=BuyerKind.choices)
    finess = models.CharField(
        _("FINESS number"), max_length=9, null=True, blank=True, validators=[validate_finess]
    )
    legal_entity_finess = models.CharField(
        _("FINESS of the legal entity"), max_length=9, blank=True
    )
    group = models.CharField(_("hospital group (GHT)"), max_length=100, blank=True)
    beds = models.PositiveIntegerField(_("beds"), default=0)
    icu_beds = models.PositiveIntegerField(_("intensive-care beds"), default=0)
    staff = models.PositiveIntegerField(_("carers"), default=0)

    objects = BuyerQuerySet.as_manager()

    class Meta(Organisation.Meta):
        verbose_name = _("buyer")
        verbose_name_plural = _("buyers")
        constraints = [
            *Organisation.Meta.constraints,
            models.UniqueConstraint(
                fields=["finess"],
                name="buyer_finess_unique",
                violation_error_message=_(
                    "An establishment with this FINESS number exists already."
                ),
            ),
            models.CheckConstraint(
                condition=models.Q(siret__isnull=False) | models.Q(finess__isnull=False),
                name="buyer_has_official_number",
                violation_error_message=_("Give a SIRET or a FINESS number."),
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=BuyerKind.values), name="buyer_kind_known"
            ),
            models.CheckConstraint(
                condition=models.Q(icu_beds__lte=models.F("beds")),
                name="buyer_icu_beds_within_beds",
                violation_error_message=_("Intensive-care beds are part of the beds."),
            ),
        ]

    @property
    def is_reseller(self) -> bool:
        """Buys to sell on: the wholesale ceilings apply (décret 2020-293, art. 11)."""
        return self.kind == BuyerKind.RESELLER

    def people(self) -> models.QuerySet[User]:
        return User.objects.filter(buyer_memberships__buyer=self, is_active=True)


class OwnedQuerySet(models.QuerySet[Any]):
    """Rows that belong to a buyer."""

    def visible_to(self, user: User) -> "OwnedQuerySet":
        """The ministry sees all, members their own buyer's."""
        if user.has_ministry_role():
            return self
        return self.filter(buyer__members__user=user)


class Site(models.Model):
    """A place of delivery."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    buyer = models.ForeignKey(Buyer, models.CASCADE, related_name="sites")
    name = models.CharField(_("name"), max_length=200)
    finess = models.CharField(
        _("FINESS number"), max_length=9, blank=True, validators=[validate_finess]
    )
    street = models.CharField(_("street and number"), max_length=200)
    postcode = models.CharField(_("postcode"), max_length=5)
    city = models.CharField(_("town"), max_length=100)
    department = models.CharField(_("department"), max_length=3, validators=[validate_department])
    instructions = models.CharField(_("for the driver"), max_length=200, blank=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("site")
        verbose_name_plural = _("sites")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["buyer", "name"],
                name="site_name_unique",
                violation_error_message=_("You have a site of this name already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.postcode} {self.city}"

    @property
    def public_ref(self) -> str:
        return str(self.public_id)


class BuyerMember(models.Model):
    """One person acting for one buyer."""

    buyer = models.ForeignKey(Buyer, models.CASCADE, related_name="members")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="buyer_memberships"
    )
    role = models.CharField(max_length=10, choices=BuyerRole.choices)
    order_limit_eur = models.DecimalField(
        _("orders without approval up to (€ excl. tax)"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("Empty: no limit."),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("buyer's member")
        verbose_name_plural = _("buyers' members")
        ordering = ["buyer_id", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["buyer", "user"], name="buyer_member_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=BuyerRole.values), name="buyer_member_role_known"
            ),
            models.CheckConstraint(
                condition=models.Q(order_limit_eur=None) | models.Q(order_limit_eur__gte=0),
                name="buyer_member_limit_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.buyer}"
