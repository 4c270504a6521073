"""Rows for tests: honest defaults, traits for the situations that matter."""

import datetime
import hashlib
from decimal import Decimal

import factory
from django.utils import timezone

from accounts.enums import MinistryRole
from accounts.models import User
from accounts.organisations import DecisionReason, OrganisationStatus, SiretCheck
from buyers.enums import BuyerKind, BuyerRole
from buyers.models import Buyer, BuyerMember, Site
from catalog.enums import ImportKind, OfferStatus, ProductKind, StockReason, Trade
from catalog.models import Category, ImportJob, Offer, Product, StockMovement
from orders.enums import OrderStatus, RoundTrigger
from orders.models import AllocationPolicy, AllocationRound, Order, OrderLine
from suppliers.enums import Activity, DocumentKind, ProofStatus, Standard, SupplierRole
from suppliers.models import Certificate, Document, Supplier, SupplierMember


PASSWORD = "correct horse battery"
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"


def siret(number: int) -> str:
    """A SIRET with a right key: an invented SIREN from `number`, first establishment."""
    siren = _with_luhn(f"9{number:07d}")
    return _with_luhn(f"{siren}0001")


def finess(number: int) -> str:
    """A FINESS number with a right key, in department 75."""
    return _with_luhn(f"75{number:06d}")


def _with_luhn(digits: str) -> str:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return f"{digits}{-total % 10}"


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.org")
    full_name = factory.Sequence(lambda n: f"Person {n}")
    password = factory.django.Password(PASSWORD)

    class Params:
        reviewer = factory.Trait(ministry_role=MinistryRole.REVIEWER)
        allocator = factory.Trait(ministry_role=MinistryRole.ALLOCATOR)
        auditor = factory.Trait(ministry_role=MinistryRole.AUDITOR)

    @factory.post_generation
    def verified(user, create, extracted, **kwargs):
        """Their address is confirmed and, for the ministry, their second factor set up."""
        if not create or extracted is False:
            return
        from allauth.account.models import EmailAddress
        from allauth.mfa.totp.internal.auth import TOTP

        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        if user.ministry_role:
            TOTP.activate(user, "JBSWY3DPEHPK3PXP")


class OrganisationFactory(factory.django.DjangoModelFactory):
    class Meta:
        abstract = True

    name = factory.Sequence(lambda n: f"Organisation {n}")
    siret = factory.Sequence(lambda n: siret(1000 + n))
    street = "1 rue de la Gare"
    postcode = "75001"
    city = "Paris"
    department = "75"
    phone = "01 02 03 04 05"

    class Params:
        pending = factory.Trait(
            status=OrganisationStatus.PENDING_APPROVAL,
            submitted_at=factory.LazyFunction(timezone.now),
        )
        approved = factory.Trait(
            status=OrganisationStatus.APPROVED,
            siret_check=SiretCheck.MANUAL,
            submitted_at=factory.LazyFunction(timezone.now),
            decided_at=factory.LazyFunction(timezone.now),
            decided_by=factory.SubFactory(UserFactory, reviewer=True),
        )
        suspended = factory.Trait(
            status=OrganisationStatus.SUSPENDED,
            reason_code=DecisionReason.OBLIGATIONS_BROKEN,
            reason_text="Obligations not met.",
            decided_at=factory.LazyFunction(timezone.now),
            decided_by=factory.SubFactory(UserFactory, reviewer=True),
        )


class SupplierFactory(OrganisationFactory):
    class Meta:
        model = Supplier

    name = factory.Sequence(lambda n: f"Supplier {n}")
    activities = factory.LazyFunction(lambda: [Activity.GEL, Activity.MASKS])
    called_back_at = factory.Maybe(
        "called_back_by", yes_declaration=factory.LazyFunction(timezone.now), no_declaration=None
    )
    called_back_by = factory.LazyAttribute(lambda o: getattr(o, "decided_by", None))


class SupplierMemberFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = SupplierMember

    supplier = factory.SubFactory(SupplierFactory, approved=True)
    user = factory.SubFactory(UserFactory)
    role = SupplierRole.MANAGER


class DocumentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Document

    supplier = factory.SubFactory(SupplierFactory, approved=True)
    kind = DocumentKind.CERTIFICATE
    file = factory.django.FileField(filename="certificate.pdf", data=PDF)
    original_name = "certificate.pdf"
    content_type = "application/pdf"
    size_bytes = len(PDF)
    sha256 = factory.Sequence(lambda n: hashlib.sha256(str(n).encode()).hexdigest())
    uploaded_by = factory.SubFactory(UserFactory)


class CertificateFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Certificate

    supplier = factory.SubFactory(SupplierFactory, approved=True)
    document = factory.SubFactory(DocumentFactory, supplier=factory.SelfAttribute("..supplier"))
    standard = Standard.EN_14683
    body_number = "0459"
    scope = "All models"
    issued_on = datetime.date(2020, 1, 1)
    expires_on = datetime.date(2099, 12, 31)
    status = ProofStatus.ACCEPTED


class BuyerFactory(OrganisationFactory):
    class Meta:
        model = Buyer

    name = factory.Sequence(lambda n: f"Hospital {n}")
    siret = factory.Sequence(lambda n: siret(500_000 + n))
    finess = factory.Sequence(lambda n: finess(1 + n))
    kind = BuyerKind.HOSPITAL
    beds = 100
    icu_beds = 10
    staff = 200


class SiteFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Site

    buyer = factory.SubFactory(BuyerFactory, approved=True)
    name = factory.Sequence(lambda n: f"Site {n}")
    street = "1 rue de la Gare"
    postcode = "75001"
    city = "Paris"
    department = "75"


class BuyerMemberFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = BuyerMember

    buyer = factory.SubFactory(BuyerFactory, approved=True)
    user = factory.SubFactory(UserFactory)
    role = BuyerRole.MANAGER


class CategoryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Category
        django_get_or_create = ["slug"]

    slug = "test-goods"
    name = "Produits d'essai"
    name_en = "Test goods"
    trade = Trade.FINISHED


class ProductFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Product

    slug = factory.Sequence(lambda n: f"product-{n}")
    name = factory.Sequence(lambda n: f"Produit {n}")
    name_en = factory.Sequence(lambda n: f"Product {n}")
    category = factory.SubFactory(CategoryFactory)
    kind = ProductKind.OTHER
    weekly_units_per_bed = Decimal("10")

    class Params:
        scarce = factory.Trait(managed=True)
        gel = factory.Trait(kind=ProductKind.GEL, container_ml=500)
        surgical_mask = factory.Trait(kind=ProductKind.MASK_EN14683, standard=Standard.EN_14683)


class OfferFactory(factory.django.DjangoModelFactory):
    """An offer on sale whose stock stands in the ledger too."""

    class Meta:
        model = Offer
        skip_postgeneration_save = True

    supplier = factory.SubFactory(SupplierFactory, approved=True)
    product = factory.SubFactory(ProductFactory)
    status = OfferStatus.ON_SALE
    unit_price_eur = Decimal("2.0000")
    on_hand_units = 1000

    @factory.post_generation
    def ledger(offer, create, extracted, **kwargs):
        if create and offer.on_hand_units:
            StockMovement.objects.create(
                offer=offer,
                delta_on_hand_units=offer.on_hand_units,
                delta_reserved_units=0,
                reason=StockReason.DECLARED,
                cause="factory",
            )


class OrderFactory(factory.django.DjangoModelFactory):
    """A basket; the trait `placed` makes it an order with a number."""

    class Meta:
        model = Order

    buyer = factory.SubFactory(BuyerFactory, approved=True)
    site = factory.SubFactory(SiteFactory, buyer=factory.SelfAttribute("..buyer"))
    placed_by = factory.SubFactory(UserFactory)

    class Params:
        placed = factory.Trait(
            status=OrderStatus.SUBMITTED,
            number=factory.Sequence(lambda n: f"2020-{n:06d}"),
            submitted_at=factory.LazyFunction(timezone.now),
        )


class OrderLineFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = OrderLine

    order = factory.SubFactory(OrderFactory)
    position = factory.Sequence(lambda n: n + 1)
    product = factory.SubFactory(ProductFactory)
    requested_units = 100


class PolicyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = AllocationPolicy

    name = "Test policy"
    legal_reference = "Test"
    valid_from = datetime.date(2020, 1, 1)
    tiers = factory.LazyFunction(lambda: {BuyerKind.HOSPITAL: 1, BuyerKind.NURSING_HOME: 2})


class RoundFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = AllocationRound

    trigger = RoundTrigger.MINISTRY
    policy = factory.SubFactory(PolicyFactory)
    seed = "0" * 64


class ImportJobFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ImportJob

    supplier = factory.SubFactory(SupplierFactory, approved=True)
    kind = ImportKind.STOCK
    file = factory.django.FileField(filename="stock.csv", data=b"ref;stock\nREF-0;1\n")
    original_name = "stock.csv"
    size_bytes = 20
    sha256 = factory.Sequence(lambda n: hashlib.sha256(str(n).encode()).hexdigest())
    language = "fr"
    created_by = factory.SubFactory(UserFactory)
