"""Two full copies of the marketplace, A and B, whose texts and prices carry canaries.

A canary is a text that only `sees` may ever read; it is looked for in every answer.
"""

import datetime
import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from types import SimpleNamespace

from allauth.mfa.totp.internal.auth import TOTP
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from knox.models import AuthToken

from buyers.enums import BuyerRole
from buyers.models import RegisterEntry
from catalog import operations as catalog, standing, stock
from catalog.enums import (
    BuyerSide,
    Dispenser,
    ImportStatus,
    OfferStatus,
    ProductKind,
    RowAction,
    SheetStatus,
    TaxBasis,
)
from catalog.models import (
    Attribute,
    GelFormula,
    ImportRow,
    PriceChange,
    PriceCoefficient,
    PriceRule,
    Rejudgement,
    SavedSearch,
    StandardEquivalence,
    Synonym,
    VatRule,
)
from catalog.promises import week_of
from journal import operations as journal
from journal.enums import Channel, DeliveryStatus
from journal.models import Seal
from orders.enums import Limit, OrderStatus, RoundStatus, SupplierOrderStatus
from orders.models import (
    Allocation,
    EntityCap,
    Explanation,
    Receipt,
    ReceiptLine,
    Shipment,
    ShipmentLine,
    Shortfall,
    SupplierOrder,
    SupplierOrderLine,
)
from stopcovid import keys
from suppliers.enums import ProofStatus, RequirementKind, SupplierRole
from suppliers.models import NotifiedBody, Requirement
from tests import factories as make


MINISTRY = frozenset({"reviewer", "allocator", "auditor"})
SUPPLIER = {
    letter: frozenset({f"supplier manager {letter}", f"supplier member {letter}"})
    | {f"supplier token {letter}"}
    for letter in "AB"
}
BUYER = {
    letter: frozenset({f"buyer {role} {letter}" for role in ("requester", "approver", "manager")})
    | {f"buyer token {letter}"}
    for letter in "AB"
}
BUYERS = BUYER["A"] | BUYER["B"]
KEEPER = frozenset({"superuser"})
"""Looks after accounts, and so sees whose API keys there are."""
PRICE = {"A": Decimal("73.3131"), "B": Decimal("94.4747")}


@dataclass
class World:
    """Everything that a cell needs: people by name, objects of A and B, canaries."""

    people: dict = field(default_factory=dict)
    canaries: dict = field(default_factory=dict)
    a: SimpleNamespace = None
    b: SimpleNamespace = None

    def canary(self, text, *sees):
        """A text that the groups of `sees` may read, beside the ministry."""
        self.canaries[text] = MINISTRY.union(*sees)
        return text


def build():
    """The whole world, with orders in every state on both sides."""
    world = World()
    shared = SimpleNamespace(
        requirement=Requirement.objects.create(
            code="zq-requirement", label="Requirement", kind=RequirementKind.ATTESTED
        ),
        entry=RegisterEntry.objects.create(
            finess=make.finess(99), name="Registered", imported_at=timezone.now()
        ),
        ample=make.ProductFactory(
            slug="ample", weekly_units_per_bed=10, attributes={"sterile": True}
        ),
        scarce=make.ProductFactory(slug="scarce", scarce=True),
        policy=make.PolicyFactory(),
    )
    law = {"legal_reference": "Law", "valid_from": datetime.date(2020, 1, 1)}
    gel = {**law, "product_kind": ProductKind.GEL}
    shared.category = shared.ample.category
    shared.attribute = Attribute.objects.create(
        category=shared.category, key="width", name="largeur", name_en="width", kind="INTEGER"
    )
    Attribute.objects.create(
        category=shared.category, key="sterile", name="st", name_en="st", kind="BOOLEAN"
    )
    shared.plan = make.PolicyFactory(valid_from=datetime.date(2100, 1, 1))
    shared.cap = EntityCap.objects.create(**law, category=shared.category, max_units=100)
    shared.synonym = Synonym.objects.create(**law, terms=["gel", "SHA"])
    shared.vat_rule = VatRule.objects.create(**law, rate_pct=20)
    shared.coefficient = PriceCoefficient.objects.create(
        **gel, dispenser=Dispenser.ELBOW_LEVER, factor=Decimal("1.1")
    )
    shared.price_rule = PriceRule.objects.create(
        **gel, buyer_side=BuyerSide.END_USER, per_unit_eur=5, tax_basis=TaxBasis.EXCLUDING
    )
    shared.rejudgement = Rejudgement.objects.create(
        reasons=[{"what": "BEGAN", "law": "Law", "rule": "pricerule:1"}]
    )
    shared.formula = GelFormula.objects.create(**law, code="F1")
    shared.equivalence = StandardEquivalence.objects.create(
        **law,
        standard="EN 149",
        standard_class="FFP2",
        equivalent_standard="GB 2626-2006",
        equivalent_class="KN95",
    )
    shared.body = NotifiedBody.objects.create(
        number="0001", name="Body", country="FR", notified_for=["PPE"]
    )
    shared.retired = make.ProductFactory(name=world.canary("zqRetired"), is_active=False)
    shared.round = make.RoundFactory(
        policy=shared.policy,
        status=RoundStatus.COMMITTED,
        committed_at=timezone.now(),
        result_sha256="0" * 64,
    )
    shared.simulation = make.RoundFactory(
        policy=shared.policy,
        status=RoundStatus.SIMULATED,
        for_decision=True,
        result_sha256="1" * 64,
    )
    for number, letter in enumerate("AB"):
        side = _organisations(world, letter)
        side.number = number
        side.__dict__.update(shared.__dict__)
        _shelf(world, side)
        _spares(world, side)
        _orders(world, side)
        setattr(world, letter.lower(), side)
    _officials(world)
    _outsiders(world)
    _news(world)
    for _verdicts in standing.catch_up():
        pass  # as the worker does, before anybody looks
    return world


def _organisations(world, letter):
    to_supplier, to_buyer = SUPPLIER[letter], BUYER[letter]
    supplier = make.SupplierFactory(
        approved=True,
        name=world.canary(f"zqSupplier{letter}", to_supplier, BUYERS, KEEPER),
        street=world.canary(f"zqStreetOfSupplier{letter}", to_supplier),
        phone=f"01 99 99 99 0{ord(letter) % 10}",
        call_back_note=world.canary(f"zqCallBack{letter}"),
    )
    buyer = make.BuyerFactory(
        approved=True,
        name=world.canary(f"zqHospital{letter}", to_buyer, to_supplier, KEEPER),
        street=world.canary(f"zqStreetOfBuyer{letter}", to_buyer, to_supplier),
        group=world.canary(f"zqGroup{letter}", to_buyer),
    )
    side = SimpleNamespace(letter=letter, supplier=supplier, buyer=buyer)
    side.supplier_pending = make.SupplierFactory(
        pending=True, name=world.canary(f"zqCandidate{letter}")
    )
    side.buyer_pending = make.BuyerFactory(
        pending=True, name=world.canary(f"zqNewHospital{letter}")
    )
    side.supplier_called = make.SupplierFactory(
        pending=True,
        called_back_at=timezone.now(),
        called_back_by=make.UserFactory(reviewer=True),
    )
    side.buyer_suspended = make.BuyerFactory(suspended=True)
    side.supplier_suspended = make.SupplierFactory(suspended=True)
    for role in SupplierRole:
        _member(world, f"supplier {role.lower()} {letter}", supplier=supplier, role=role)
    for role in BuyerRole:
        _member(world, f"buyer {role.lower()} {letter}", buyer=buyer, role=role)
    side.seat_name = f"supplier:{supplier.pk}"
    side.fresh_uuid = uuid.uuid4()
    for kind, organisation in (("supplier", supplier), ("buyer", buyer)):
        seat = organisation.members.get(user=world.people[f"{kind} manager {letter}"])
        keys.issue(seat, by=seat.user)
        world.people[f"{kind} token {letter}"] = keys.service_account(seat)
    token = AuthToken.objects.get(user=world.people[f"supplier token {letter}"])
    side.api_key = token.token_key
    side.site = make.SiteFactory(
        buyer=buyer,
        name=world.canary(f"zqSite{letter}", to_buyer, to_supplier),
        instructions=world.canary(f"zqDriver{letter}", to_buyer, to_supplier),
    )
    return side


def _member(world, name, *, role, supplier=None, buyer=None):
    user = make.UserFactory(full_name=name, email=f"{name.replace(' ', '.').lower()}@example.org")
    if supplier:
        make.SupplierMemberFactory(supplier=supplier, user=user, role=role)
    else:
        make.BuyerMemberFactory(buyer=buyer, user=user, role=role)
    world.people[name] = user
    return user


def _spares(world, side):
    """Things that exist to be removed, judged or taken."""
    letter = side.letter
    side.spare_member = make.BuyerMemberFactory(buyer=side.buyer, role=BuyerRole.REQUESTER)
    side.certificate_to_judge = make.CertificateFactory(
        supplier=side.supplier, document=side.document, status=ProofStatus.PENDING
    )
    side.free_siret = make.siret(800_000 + ord(letter))
    side.someone = make.UserFactory()
    side.free_email = side.someone.email


def _shelf(world, side):
    letter, own = side.letter, SUPPLIER[side.letter]
    side.document = make.DocumentFactory(
        supplier=side.supplier,
        original_name=world.canary(f"zqDocument{letter}.pdf", own),
        uploaded_by=world.people[f"supplier manager {letter}"],
    )
    side.certificate = make.CertificateFactory(
        supplier=side.supplier,
        document=side.document,
        scope=world.canary(f"zqScope{letter}", own, BUYERS),
    )
    common = {"supplier": side.supplier, "unit_price_eur": PRICE[letter]}
    for shape in ("{:.4f}", "{:.2f}"):
        price = shape.format(PRICE[letter])
        for text in (price, price.replace(".", ",")):
            world.canary(text, own, BUYERS)
    reference = world.canary(f"zqReference{letter}", own)
    side.offer = make.OfferFactory(
        **common, product=side.ample, on_hand_units=5000, supplier_reference=reference
    )
    side.scarce_offer = make.OfferFactory(
        **common, product=side.scarce, on_hand_units=5000, supplier_reference=reference
    )
    make.OfferFactory(
        **common, product=make.ProductFactory(), on_hand_units=5000, supplier_reference=reference
    )  # nobody else has it
    world.canary(str(side.offer.public_id), own, BUYERS)
    side.movement = side.offer.movements.get()
    clerk = world.people[f"supplier manager {letter}"]
    side.lot, side.held_lot = (
        catalog.receive_lot(
            side.scarce_offer,
            by=clerk,
            number=world.canary(f"zqLotKept{letter}{count}", own),
            units=100,
        )
        for count in (1, 2)
    )
    catalog.quarantine(side.held_lot, by=clerk, reason=world.canary(f"zqWhy{letter}", own))
    Shortfall.objects.create(offer=side.scarce_offer, lot=side.held_lot, units=1)
    side.import_job = make.ImportJobFactory(
        supplier=side.supplier,
        original_name=world.canary(f"zqFile{letter}.csv", own),
        status=ImportStatus.PREVIEW,
        headings=["ref", "stock"],
        updated_rows=1,
    )
    ImportRow.objects.create(
        job=side.import_job,
        row=2,
        cells=[reference, "5000"],
        action=RowAction.UPDATE,
        offer_id=side.offer.pk,
        differences={"on_hand_units": [5000, 5001]},
    )
    side.draft_offer = make.OfferFactory(
        **common,
        product=make.ProductFactory(),
        status=OfferStatus.DRAFT,
        supplier_reference=world.canary(f"zqDraftOffer{letter}", own),
    )
    side.offered_mask = make.ProductFactory(surgical_mask=True)
    make.OfferFactory(**common, product=side.offered_mask, status=OfferStatus.DRAFT)
    side.this_week = week_of(timezone.localdate())
    side.next_week = timezone.localdate() + datetime.timedelta(days=7)
    side.scheduled_price = catalog.schedule_price(
        side.scarce_offer,
        by=clerk,
        takes_effect_on=side.next_week,
        unit_price_eur=_secret_price(world, f"71.{ord(letter)}31", own),
    )
    side.price_change = PriceChange.objects.create(
        offer=side.scarce_offer,
        by=clerk,
        before_eur=_secret_price(world, f"72.{ord(letter)}31", own),
        after_eur=PRICE[letter],
    )
    proposed = {
        "is_active": False,
        "proposed_for": side.supplier,
        "proposed_by": world.people[f"supplier manager {letter}"],
        "proposed_at": timezone.now(),
    }
    side.sheet = make.ProductFactory(
        name=world.canary(f"zqSheet{letter}", own), status=SheetStatus.PROPOSED, **proposed
    )
    _sheet_file(world, side, clerk)
    side.sheet_to_correct = make.ProductFactory(
        name=world.canary(f"zqCorrect{letter}", own),
        status=SheetStatus.CHANGES_REQUESTED,
        reason_text=world.canary(f"zqAsked{letter}", own),
        **proposed,
    )


def _secret_price(world, price, readers):
    world.canary(price.replace(".", ","), readers)
    return Decimal(world.canary(price, readers))


def _sheet_file(world, side, clerk):
    side.sheet_file = catalog.hand_in_file(
        side.sheet,
        by=clerk,
        supplier=side.supplier,
        kind="SAFETY",
        upload=SimpleUploadedFile(
            world.canary(f"zqSafety{side.letter}.pdf", SUPPLIER[side.letter]),
            make.PDF + side.letter.encode() + b"\n%%EOF\n",
        ),
    )


def _order(world, side, status, by="requester", **fields):
    side.count = getattr(side, "count", 0) + 1
    placed = status != OrderStatus.DRAFT
    reference = f"zqPurchase{side.letter}{side.count}"
    return make.OrderFactory(
        buyer=side.buyer,
        site=side.site,
        placed_by=world.people[f"buyer {by} {side.letter}"],
        status=status,
        number=f"2020-{side.number}{side.count:05d}" if placed else None,
        submitted_at=timezone.now() if placed else None,
        purchase_order=world.canary(reference, BUYER[side.letter], SUPPLIER[side.letter]),
        **fields,
    )


def _line(order, side, *, offer, units, **counts):
    return make.OrderLineFactory(
        order=order,
        position=1,
        product=offer.product,
        offer=offer,
        requested_units=units,
        **counts,
    )


def _orders(world, side):
    S, P = OrderStatus, SupplierOrderStatus
    side.basket = _order(world, side, S.DRAFT)
    _line(side.basket, side, offer=side.offer, units=10)
    side.order_to_approve = _order(world, side, S.PENDING_INTERNAL_APPROVAL)
    _line(side.order_to_approve, side, offer=side.offer, units=10)
    side.order_waiting = _order(world, side, S.SUBMITTED)
    side.waiting_line = make.OrderLineFactory(
        order=side.order_waiting,
        position=1,
        product=side.scarce,
        requested_units=50,
        waits_for_round=True,
    )
    Explanation.objects.create(
        round=side.round,
        line=side.waiting_line,
        limit=Limit.SUPPLY,
        asked_units=50,
        need_units=100,
        received_units=0,
        target_units=0,
        reachable_units=0,
        peers=2,
        peer_fill_pct=0,
    )
    side.supplier_order = _supplier_order(world, side, P.WAITING_ACCEPTANCE)
    side.supplier_order_to_ship = _supplier_order(world, side, P.SHIPPING)
    side.supplier_order_shipped = _supplier_order(world, side, P.SHIPPED)
    side.shipment = _shipment(world, side, side.supplier_order_shipped)
    side.supplier_order_received = _supplier_order(world, side, P.RECEIVED)
    side.shipment_received = _shipment(world, side, side.supplier_order_received)
    receipt = Receipt.objects.create(
        shipment=side.shipment_received,
        received_by=world.people[f"buyer requester {side.letter}"],
        note=world.canary(
            f"zqReceiptNote{side.letter}", BUYER[side.letter], SUPPLIER[side.letter]
        ),
    )
    ReceiptLine.objects.create(
        receipt=receipt, shipment_line=side.shipment_received.lines.get(), received_units=20
    )
    side.order = side.supplier_order.order
    side.sale_line = side.supplier_order.lines.get()
    side.ship_line = side.supplier_order_to_ship.lines.get()
    side.arrival_line = side.shipment.lines.get()


def _supplier_order(world, side, status):
    """One order of 20 units and the supplier's part of it, with counts that fit the status."""
    steps = ("WAITING_ACCEPTANCE", "SHIPPING", "SHIPPED", "RECEIVED")
    step = steps.index(status)
    counts = {
        name: 20 if step >= number else 0
        for number, name in enumerate(("accepted_units", "shipped_units", "received_units"), 1)
    }
    order = _order(world, side, OrderStatus.IN_PROGRESS)
    line = _line(order, side, offer=side.offer, units=20, allocated_units=20, **counts)
    stock.reserve(side.offer.pk, 20, cause=f"order-line:{line.pk}", by=None)
    if step >= 2:
        stock.ship(side.offer.pk, 20, cause=f"shipment:{line.pk}", by=None)
    allocation = Allocation.objects.create(
        line=line, offer=side.offer, units=20, unit_price_eur=PRICE[side.letter]
    )
    answered = step > 0
    supplier_order = SupplierOrder.objects.create(
        number=f"{order.number}-1",
        order=order,
        supplier=side.supplier,
        status=status,
        accept_by=timezone.now() + datetime.timedelta(hours=24),
        answered_at=timezone.now() if answered else None,
        answered_by=world.people[f"supplier manager {side.letter}"] if answered else None,
    )
    SupplierOrderLine.objects.create(
        supplier_order=supplier_order,
        order_line=line,
        allocation=allocation,
        offer=side.offer,
        unit_price_eur=PRICE[side.letter],
        vat_rate_pct=20,
        units=20,
        **counts,
    )
    return supplier_order


def _shipment(world, side, supplier_order):
    both = SUPPLIER[side.letter] | BUYER[side.letter]
    shipment = Shipment.objects.create(
        number=f"{supplier_order.number}-E1",
        supplier_order=supplier_order,
        carrier="Carrier",
        tracking_number=world.canary(f"zqTracking{side.letter}{supplier_order.pk}", both),
        shipped_by=world.people[f"supplier manager {side.letter}"],
    )
    ShipmentLine.objects.create(
        shipment=shipment,
        supplier_line=supplier_order.lines.get(),
        lot_number=world.canary(f"zqLot{side.letter}{supplier_order.pk}", both),
        units=20,
    )
    return shipment


def _officials(world):
    for role in MINISTRY:
        world.people[role] = make.UserFactory(full_name=role, **{role: True})
    superuser = make.UserFactory(full_name="superuser", is_superuser=True)
    TOTP.activate(superuser, "JBSWY3DPEHPK3PXP")
    world.people["superuser"] = superuser


def _outsiders(world):
    world.people["stranger"] = make.UserFactory(full_name="stranger")
    gone = make.UserFactory(full_name="deactivated", is_active=False)
    make.SupplierMemberFactory(supplier=world.a.supplier, user=gone)
    make.BuyerMemberFactory(buyer=world.a.buyer, user=gone)
    world.people["deactivated"] = gone
    for name, supplier in (
        ("suspended supplier", make.SupplierFactory(suspended=True)),
        ("new supplier", make.SupplierFactory()),
    ):
        world.people[name] = make.SupplierMemberFactory(supplier=supplier).user
        world.a.new_document = world.b.new_document = make.DocumentFactory(
            supplier=supplier, uploaded_by=world.people[name]
        )
    world.people["new buyer"] = make.BuyerMemberFactory(buyer=make.BuyerFactory()).user


def _news(world):
    for side in (world.a, world.b):
        letter = side.letter
        requester = world.people[f"buyer requester {letter}"]
        side.saved_search = SavedSearch.objects.create(
            user=requester,
            buyer=side.buyer,
            name=f"zqSearch{letter}",
            querystring=f"q=zqWords{letter}",
        )
        # for nobody else, the ministry included
        world.canaries[f"zqSearch{letter}"] = world.canaries[f"zqWords{letter}"] = {
            requester.full_name
        }
        recipient = world.people[f"buyer manager {letter}"]
        side.event = journal.record(
            f"tests.zqVerb{letter}",
            side.order,
            by=None,
            to=[recipient],
            organisations=[side.buyer.public_id],
            payload={"url": "/", "note": world.canary(f"zqNews{letter}", BUYER[letter])},
        )
        # the superuser looks after the post, and so sees whose it is and what about
        world.canaries[f"zqVerb{letter}"] = MINISTRY | BUYER[letter] | {"superuser"}
        side.delivery = side.event.deliveries.get(channel=Channel.IN_APP)
        side.dead_delivery = side.event.deliveries.get(channel=Channel.EMAIL)
        side.dead_delivery.status = DeliveryStatus.DEAD
        side.dead_delivery.save()
        side.seal = Seal.objects.create(
            from_transaction=0, until_transaction=1, previous_digest=letter, digest=letter
        )
