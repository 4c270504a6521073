"""The demo's world: invented organisations, approved, with stock and a first shortage.

Everything that has a rule of its own goes through the operation; the rest is plain rows.
"""

import datetime
import hashlib
import uuid
from decimal import Decimal
from itertools import cycle

from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

import catalog.reference
import orders.reference
import suppliers.reference
from accounts.enums import MinistryRole
from accounts.models import User
from accounts.organisations import OrganisationStatus, SiretCheck
from buyers.enums import BuyerRole
from buyers.models import Buyer, BuyerMember, Site
from catalog import operations as shelf
from catalog.models import CoveredSheet, Offer, Product
from orders import operations as ordering
from stopcovid.demo.accounts import DEMO_ACCOUNTS, Seat
from stopcovid.demo.places import invented_finess, invented_siret, rows
from suppliers.enums import DocumentKind, GelRegime, ProofStatus, RequirementKind, SupplierRole
from suppliers.models import (
    Certificate,
    Document,
    Requirement,
    Submission,
    Supplier,
    SupplierMember,
)


NAMESPACE = uuid.UUID("0c1d19c0-71d0-4b6e-9d55-2020031900c0")
WAITING = {"Laboratoires Aubépine (fictif)", "Centre hospitalier de Cap-Sirène (fictif)"}
"""Organisations left in the reviewer's queue, so that there is something to decide."""

ROLES = {
    Seat.REVIEWER: MinistryRole.REVIEWER,
    Seat.ALLOCATOR: MinistryRole.ALLOCATOR,
    Seat.AUDITOR: MinistryRole.AUDITOR,
}
EMPTY_PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


def seed() -> bool:
    """Load reference data and, once, the demo's world; True when it was made now.

    Nobody looks after a demo that is kept: at each start its stock counts as confirmed.
    """
    suppliers.reference.load()
    catalog.reference.load()
    catalog.reference.load_exercise()
    orders.reference.load()
    if User.objects.filter(email=DEMO_ACCOUNTS[0].email).exists():
        Offer.objects.update(stock_confirmed_on=timezone.localdate())
        return False
    with transaction.atomic():
        people = {account.seat: make_person(account) for account in DEMO_ACCOUNTS}
        clerk = User.objects.create_user(
            "figurants@demo.example", full_name="Figurants de la démonstration"
        )
        companies = make_suppliers(people, clerk)
        make_offers(companies, clerk)
        establishments = make_buyers(people)
        make_orders(establishments, clerk)
    return True


def make_person(account) -> User:
    person = User.objects.create_user(
        account.email,
        account.password,
        full_name=account.name,
        ministry_role=ROLES.get(account.seat, ""),
    )
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    if account.totp_secret:
        TOTP.activate(person, account.totp_secret)
    return person


def standing(name: str, reviewer: User) -> dict:
    """Approved by the demo's reviewer, or waiting for them."""
    now = timezone.now()
    if name in WAITING:
        return {"status": OrganisationStatus.PENDING_APPROVAL, "submitted_at": now}
    return {
        "status": OrganisationStatus.APPROVED,
        "siret_check": SiretCheck.MANUAL,
        "submitted_at": now,
        "decided_at": now,
        "decided_by": reviewer,
    }


def address(row: dict[str, str]) -> dict[str, str]:
    names = ("name", "postcode", "city", "department")
    return {"street": "1 rue de l'Exemple", "phone": "01 99 00 00 00"} | {
        name: row[name] for name in names
    }


def make_suppliers(people: dict[Seat, User], clerk: User) -> list[Supplier]:
    companies = []
    for number, row in enumerate(rows("suppliers")):
        state = standing(row["name"], people[Seat.REVIEWER])
        companies.append(
            Supplier.objects.create(
                siret=invented_siret(10_000 + number),
                activities=[row["activity"]],
                gel_regime=GelRegime.COSMETICS if row["activity"] == "GEL" else "",
                **address(row),
                **state,
                called_back_at=state.get("decided_at"),
                called_back_by=state.get("decided_by"),
            )
        )
    for company in companies:
        if company.name in WAITING:
            hand_in_proofs(company, clerk)
    for company, seat in (("GEL", Seat.SUPPLIER), ("MASKS", Seat.SECOND_SUPPLIER)):
        first = next(each for each in companies if each.activities == [company])
        SupplierMember.objects.create(supplier=first, user=people[seat], role=SupplierRole.MANAGER)
    return companies


def hand_in_proofs(company: Supplier, clerk: User) -> None:
    """What a reviewer expects to find in a file that waits."""
    keep_file(company, DocumentKind.KBIS, "kbis-exemple.pdf", clerk)
    for requirement in Requirement.objects.filter(kind=RequirementKind.ATTESTED):
        if not requirement.activities or set(requirement.activities) & set(company.activities):
            Submission.objects.create(supplier=company, requirement=requirement, attested_by=clerk)


def keep_file(company: Supplier, kind: DocumentKind, name: str, clerk: User) -> Document:
    content = EMPTY_PDF + f"% {company.name} {name}".encode()
    fingerprint = hashlib.sha256(content).hexdigest()
    known = Document.objects.filter(supplier=company, sha256=fingerprint).first()
    return known or Document.objects.create(
        supplier=company,
        kind=kind,
        file=ContentFile(content, name=name),
        original_name=name,
        content_type="application/pdf",
        size_bytes=len(content),
        sha256=fingerprint,
        uploaded_by=clerk,
    )


def make_offers(companies: list[Supplier], clerk: User) -> None:
    """Each approved company gets one offer of its trade, the demo's own two get all of it."""
    shelves: dict[str, list[dict[str, str]]] = {}
    for row in rows("offers"):
        shelves.setdefault(row["activity"], []).append(row)
    turns = {activity: cycle(shelf_rows) for activity, shelf_rows in shelves.items()}
    for company in companies:
        if company.status != OrganisationStatus.APPROVED:
            continue
        activity = company.activities[0]
        own = company.members.select_related("user").first()
        for row in shelves[activity] if own else [next(turns[activity])]:
            put_on_sale(company, row, own.user if own else clerk)


def put_on_sale(company: Supplier, row: dict[str, str], clerk: User) -> None:
    seat, made = SupplierMember.objects.get_or_create(
        supplier=company, user=clerk, defaults={"role": SupplierRole.MEMBER}
    )
    product = Product.objects.get(slug=row["product"])
    offer = shelf.create_offer(
        company,
        by=clerk,
        product=product,
        on_hand_units=int(row["on_hand_units"]),
        unit_price_eur=Decimal(row["unit_price_eur"]),
        pack_units=int(row["pack_units"]),
        min_order_units=int(row["min_order_units"]),
        lead_time_days=int(row["lead_time_days"]),
        certificate=certificate_for(company, product, clerk) if product.standard else None,
    )
    shelf.publish(offer, by=clerk)
    if made:
        seat.delete()


def certificate_for(company: Supplier, product: Product, clerk: User) -> Certificate:
    name = f"certificat-{product.standard.replace(' ', '-').lower()}.pdf"
    document = keep_file(company, DocumentKind.CERTIFICATE, name, clerk)
    today = timezone.localdate()
    certificate, _made = Certificate.objects.get_or_create(
        supplier=company,
        document=document,
        standard=product.standard,
        scope=product.name,
        defaults={
            "body_number": "0000",
            "issued_on": today,
            "expires_on": today + datetime.timedelta(days=365),
            "status": ProofStatus.ACCEPTED,
        },
    )
    CoveredSheet.objects.get_or_create(certificate=certificate, product=product)
    return certificate


def make_buyers(people: dict[Seat, User]) -> dict[str, Buyer]:
    establishments = {}
    for number, row in enumerate(rows("buyers")):
        buyer = Buyer.objects.create(
            siret=invented_siret(50_000 + number),
            finess=invented_finess(row["department"], number),
            kind=row["kind"],
            beds=row["beds"],
            icu_beds=row["icu_beds"],
            staff=row["staff"],
            **address(row),
            **standing(row["name"], people[Seat.REVIEWER]),
        )
        Site.objects.create(
            buyer=buyer,
            name="Pharmacie",
            street="1 rue de l'Exemple",
            postcode=row["postcode"],
            city=row["city"],
            department=row["department"],
        )
        establishments[buyer.name] = buyer
    ours = next(iter(establishments.values()))
    for seat, role, limit in (
        (Seat.REQUESTER, BuyerRole.REQUESTER, Decimal("5000.00")),
        (Seat.APPROVER, BuyerRole.APPROVER, None),
    ):
        BuyerMember.objects.create(buyer=ours, user=people[seat], role=role, order_limit_eur=limit)
    return establishments


def make_orders(establishments: dict[str, Buyer], clerk: User) -> None:
    """A first shortage: eight establishments ask for far more FFP2 than there are."""
    for row in rows("orders"):
        buyer = establishments[row["buyer"]]
        seat = BuyerMember.objects.create(buyer=buyer, user=clerk, role=BuyerRole.MANAGER)
        line = {
            "product": Product.objects.get(slug=row["product"]),
            "requested_units": int(row["units"]),
            "min_useful_units": int(row["min_useful"]),
        }
        ordering.place(
            buyer,
            by=clerk,
            site=buyer.sites.get(),
            lines=[line],
            purchase_order="",
            idempotency_key=uuid.uuid5(NAMESPACE, buyer.name),
        )
        seat.delete()
