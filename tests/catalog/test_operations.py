import datetime
from decimal import Decimal

import pytest

from catalog import audit, operations, stock
from catalog.enums import OFFER_TRANSITIONS, OfferStatus, StockReason
from catalog.models import Offer, PriceRule, StockMovement
from core.errors import (
    DomainError,
    Duplicate,
    IllegalPrice,
    NotEligible,
    NotPermitted,
    StaleState,
)
from core.units import MAX_UNITS
from journal.enums import Channel
from journal.models import Delivery, Event
from suppliers.enums import ProofStatus, Standard


pytestmark = pytest.mark.django_db

PRICE = Decimal("2.0000")


def events(offer):
    return [event.verb for event in Event.objects.about(offer)]


# --- create ---------------------------------------------------------------------------------
def test_create_offer_is_a_draft_with_its_stock_in_the_ledger(make, shop):
    offer = operations.create_offer(
        shop.supplier,
        by=shop.user,
        product=make.Product(),
        on_hand_units=500,
        unit_price_eur=PRICE,
    )
    assert (offer.status, offer.on_hand_units) == (OfferStatus.DRAFT, 500)
    movement = StockMovement.objects.get(offer=offer)
    assert (movement.reason, movement.cause) == (StockReason.DECLARED, "creation")
    assert movement.by == shop.user
    assert events(offer) == ["catalog.offer_created"]
    assert audit.differences() == []


def test_create_offer_without_stock_books_nothing(make, shop):
    offer = operations.create_offer(
        shop.supplier, by=shop.user, product=make.Product(), unit_price_eur=PRICE
    )
    assert not offer.movements.exists()


@pytest.mark.parametrize("trait", ["pending", "suspended"])
def test_create_offer_unapproved_company(make, trait):
    member = make.SupplierMember(supplier=make.Supplier(**{trait: True}))
    with pytest.raises(NotEligible):
        operations.create_offer(
            member.supplier, by=member.user, product=make.Product(), unit_price_eur=PRICE
        )
    assert not Offer.objects.exists()


def test_create_offer_by_a_stranger(make, shop):
    with pytest.raises(NotPermitted):
        operations.create_offer(
            shop.supplier, by=make.User(), product=make.Product(), unit_price_eur=PRICE
        )


def test_create_offer_of_a_retired_sheet(make, shop):
    with pytest.raises(NotEligible) as caught:
        operations.create_offer(
            shop.supplier,
            by=shop.user,
            product=make.Product(is_active=False),
            unit_price_eur=PRICE,
        )
    assert caught.value.field == "product"


def test_create_offer_twice_makes_one(make, shop):
    product = make.Product()
    operations.create_offer(shop.supplier, by=shop.user, product=product, unit_price_eur=PRICE)
    with pytest.raises(Duplicate) as caught:
        operations.create_offer(shop.supplier, by=shop.user, product=product, unit_price_eur=PRICE)
    assert caught.value.field == "supplier_reference"
    operations.create_offer(
        shop.supplier,
        by=shop.user,
        product=product,
        unit_price_eur=PRICE,
        supplier_reference="big packs",
    )
    assert Offer.objects.count() == 2


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"unit_price_eur": Decimal("-1")}, "unit_price_eur"),
        ({"unit_price_eur": Decimal("1.00001")}, "unit_price_eur"),
        ({"unit_price_eur": Decimal(10**9)}, "unit_price_eur"),
        ({"on_hand_units": -1}, "on_hand_units"),
        ({"on_hand_units": MAX_UNITS + 1}, "on_hand_units"),
        ({"on_hand_units": 10**12}, "on_hand_units"),
        ({"pack_units": 0}, "pack_units"),
        ({"pack_units": -50}, "pack_units"),
        ({"pack_units": 10**12}, "pack_units"),
        ({"min_order_units": 0}, "min_order_units"),
        ({"min_order_units": 10**12}, "min_order_units"),
        ({"pack_units": 50, "min_order_units": 120}, "min_order_units"),
        ({"pack_units": 50, "min_order_units": 20}, "min_order_units"),
        ({"pack_units": 50, "max_per_buyer_units": 49}, "max_per_buyer_units"),
        ({"min_order_units": 50, "max_per_buyer_units": 49}, "max_per_buyer_units"),
        ({"lead_time_days": 366}, "lead_time_days"),
        ({"lead_time_days": -1}, "lead_time_days"),
        ({"departments": ["75", "99"]}, "departments"),
        ({"supplier_reference": "x" * 61}, "supplier_reference"),
    ],
)
def test_create_offer_with_impossible_terms_names_the_field(make, shop, terms, field):
    given = {"unit_price_eur": PRICE, **terms}
    with pytest.raises(DomainError) as caught:
        operations.create_offer(shop.supplier, by=shop.user, product=make.Product(), **given)
    assert caught.value.field == field
    assert str(caught.value)
    assert not Offer.objects.exists()
    assert not StockMovement.objects.exists()


def test_create_offer_minimum_of_one_stands_for_a_pack(make, shop):
    offer = operations.create_offer(
        shop.supplier, by=shop.user, product=make.Product(), unit_price_eur=PRICE, pack_units=50
    )
    assert offer.smallest_order_units == 50


def test_create_offer_minimum_names_the_two_nearest(make, shop):
    with pytest.raises(DomainError, match=r"100.*150"):
        operations.create_offer(
            shop.supplier,
            by=shop.user,
            product=make.Product(),
            unit_price_eur=PRICE,
            pack_units=50,
            min_order_units=120,
        )


def test_create_offer_above_the_ceiling(make, shop, exercise):
    with pytest.raises(IllegalPrice, match="2020-858") as caught:
        operations.create_offer(
            shop.supplier,
            by=shop.user,
            product=make.Product(gel=True),
            unit_price_eur=Decimal("6.2512"),
        )
    assert caught.value.field == "unit_price_eur"


# --- publish, withdraw ----------------------------------------------------------------------
def test_publish_notes_the_price_rules_and_tells_the_team(make, shop, exercise):
    colleague = make.SupplierMember(supplier=shop.supplier).user
    draft = operations.create_offer(
        shop.supplier,
        by=shop.user,
        product=make.Product(gel=True),
        unit_price_eur=Decimal("6.2511"),
    )
    offer = operations.publish(draft, by=shop.user)
    assert offer.status == OfferStatus.ON_SALE
    rules = PriceRule.objects.filter(pk__in=offer.price_rule_ids)
    assert [rule.legal_reference for rule in rules] == [
        "Exercice : reprend le texte « Décret n° 2020-858 du 10 juillet 2020 »"
    ]
    event = Event.objects.get(verb="catalog.offer_published")
    assert event.payload["price_rule_ids"] == offer.price_rule_ids
    assert event.organisations == [shop.supplier.public_id]
    readers = Delivery.objects.filter(event=event, channel=Channel.IN_APP)
    assert set(readers.values_list("recipient", flat=True)) == {shop.user.pk, colleague.pk}


def test_publish_after_the_law_changed(make, shop, exercise):
    offer = make.Offer(
        supplier=shop.supplier,
        product=make.Product(gel=True),
        unit_price_eur=Decimal("6.2512"),
        status=OfferStatus.DRAFT,
    )
    with pytest.raises(IllegalPrice):
        operations.publish(offer, by=shop.user)
    offer.refresh_from_db()
    assert offer.status == OfferStatus.DRAFT


@pytest.mark.parametrize("old", OfferStatus)
@pytest.mark.parametrize(
    ("act", "new"),
    [
        (operations.publish, OfferStatus.ON_SALE),
        (operations.withdraw, OfferStatus.WITHDRAWN),
    ],
)
def test_offer_status_moves_along_the_table(make, shop, old, act, new):
    offer = make.Offer(supplier=shop.supplier, status=old)
    if new in OFFER_TRANSITIONS[old]:
        assert act(offer, by=shop.user).status == new
        return
    with pytest.raises(StaleState):
        act(offer, by=shop.user)
    offer.refresh_from_db()
    assert offer.status == old


@pytest.mark.parametrize(
    ("certificate", "words"),
    [
        (None, "certificate"),
        ({"status": ProofStatus.PENDING}, "accepted"),
        ({"status": ProofStatus.REJECTED}, "accepted"),
        ({"expires_on": datetime.date(2020, 6, 1)}, "expired"),
        ({"issued_on": datetime.date(2099, 1, 1)}, "valid"),
    ],
)
def test_publish_without_a_valid_certificate(make, shop, certificate, words):
    if certificate is not None:
        certificate = make.Certificate(supplier=shop.supplier, **certificate)
    offer = make.Offer(
        supplier=shop.supplier,
        product=make.Product(surgical_mask=True),
        status=OfferStatus.DRAFT,
        certificate=certificate,
    )
    from django.utils import translation

    with translation.override("en"), pytest.raises(NotEligible, match=words) as caught:
        operations.publish(offer, by=shop.user)
    assert caught.value.field == "certificate"


def test_publish_with_a_valid_certificate(make, shop):
    offer = make.Offer(
        supplier=shop.supplier,
        product=make.Product(surgical_mask=True),
        status=OfferStatus.DRAFT,
        certificate=make.Certificate(supplier=shop.supplier),
    )
    assert operations.publish(offer, by=shop.user).status == OfferStatus.ON_SALE


@pytest.mark.parametrize("wrong", ["other supplier's", "other standard"])
def test_certificate_must_be_ones_own_and_cover_the_standard(make, shop, wrong):
    if wrong == "other standard":
        certificate = make.Certificate(supplier=shop.supplier, standard=Standard.EN_149)
    else:
        certificate = make.Certificate()
    with pytest.raises(NotEligible) as caught:
        operations.create_offer(
            shop.supplier,
            by=shop.user,
            product=make.Product(surgical_mask=True),
            unit_price_eur=PRICE,
            certificate=certificate,
        )
    assert caught.value.field == "certificate"


def test_publish_of_a_retired_sheet(make, shop):
    offer = make.Offer(
        supplier=shop.supplier, product=make.Product(is_active=False), status=OfferStatus.DRAFT
    )
    with pytest.raises(NotEligible):
        operations.publish(offer, by=shop.user)


def test_publish_while_suspended(make):
    member = make.SupplierMember(supplier=make.Supplier(suspended=True))
    offer = make.Offer(supplier=member.supplier, status=OfferStatus.DRAFT)
    with pytest.raises(NotEligible):
        operations.publish(offer, by=member.user)


@pytest.mark.parametrize("act", [operations.publish, operations.withdraw])
def test_offer_of_another_supplier_is_out_of_reach(make, shop, act):
    with pytest.raises(NotPermitted):
        act(make.Offer(), by=shop.user)


def test_withdraw_keeps_what_is_promised(make, shop):
    offer = make.Offer(supplier=shop.supplier)
    stock.reserve(offer.pk, 10, cause="order-line:1", by=None)
    assert operations.withdraw(offer, by=shop.user).reserved_units == 10


# --- update ---------------------------------------------------------------------------------
def test_update_on_sale_checks_the_price_again(make, shop, exercise):
    offer = make.Offer(supplier=shop.supplier, product=make.Product(gel=True))
    with pytest.raises(IllegalPrice):
        operations.update_offer(offer, by=shop.user, unit_price_eur=Decimal("6.2512"))
    offer.refresh_from_db()
    assert offer.unit_price_eur == PRICE
    changed = operations.update_offer(offer, by=shop.user, unit_price_eur=Decimal("6.2511"))
    assert changed.price_rule_ids
    assert Event.objects.get(verb="catalog.offer_updated").payload["changed"] == ["unit_price_eur"]


def test_update_with_the_same_terms_writes_nothing(make, shop):
    offer = make.Offer(supplier=shop.supplier)
    operations.update_offer(offer, by=shop.user, unit_price_eur=PRICE)
    assert not Event.objects.exists()


def test_update_on_sale_cannot_drop_the_certificate(make, shop):
    offer = make.Offer(
        supplier=shop.supplier,
        product=make.Product(surgical_mask=True),
        certificate=make.Certificate(supplier=shop.supplier),
    )
    with pytest.raises(NotEligible):
        operations.update_offer(offer, by=shop.user, certificate=None)


def test_update_to_a_reference_in_use(make, shop):
    product = make.Product()
    make.Offer(supplier=shop.supplier, product=product, supplier_reference="A")
    other = make.Offer(supplier=shop.supplier, product=product, supplier_reference="B")
    with pytest.raises(Duplicate):
        operations.update_offer(other, by=shop.user, supplier_reference="A")


def test_update_never_touches_reserved_units(make, shop):
    """The stale copy in the caller's hands must not overwrite the counters."""
    offer = make.Offer(supplier=shop.supplier)
    stock.reserve(offer.pk, 10, cause="order-line:1", by=None)
    assert operations.update_offer(offer, by=shop.user, lead_time_days=5).reserved_units == 10


# --- stock ----------------------------------------------------------------------------------
def test_declare_stock_is_an_absolute_count(make, shop):
    offer = make.Offer(supplier=shop.supplier, on_hand_units=1000)
    changed = operations.declare_stock(
        offer, by=shop.user, on_hand_units=400, expected_on_hand_units=1000
    )
    assert changed.on_hand_units == 400
    assert offer.movements.first().delta_on_hand_units == -600
    assert audit.differences() == []


def test_declare_stock_twice_books_once(make, shop):
    offer = make.Offer(supplier=shop.supplier, on_hand_units=1000)
    for _click in range(2):
        operations.declare_stock(
            offer, by=shop.user, on_hand_units=400, expected_on_hand_units=1000
        )
    assert offer.movements.count() == 2
    assert events(offer) == ["catalog.stock_declared"]


def test_declare_stock_against_a_stale_page(make, shop):
    offer = make.Offer(supplier=shop.supplier, on_hand_units=1000)
    with pytest.raises(StaleState, match="1000") as caught:
        operations.declare_stock(
            offer, by=shop.user, on_hand_units=400, expected_on_hand_units=900
        )
    assert caught.value.field == "on_hand_units"


def test_declare_stock_below_what_is_promised(make, shop):
    offer = make.Offer(supplier=shop.supplier, on_hand_units=1000)
    stock.reserve(offer.pk, 300, cause="order-line:1", by=None)
    with pytest.raises(DomainError, match="300") as caught:
        operations.declare_stock(offer, by=shop.user, on_hand_units=299)
    assert caught.value.field == "on_hand_units"
    assert operations.declare_stock(offer, by=shop.user, on_hand_units=300).available_units == 0


@pytest.mark.parametrize("units", [-1, MAX_UNITS + 1, 10**12])
def test_declare_stock_of_an_impossible_number(make, shop, units):
    with pytest.raises(DomainError) as caught:
        operations.declare_stock(
            make.Offer(supplier=shop.supplier), by=shop.user, on_hand_units=units
        )
    assert caught.value.field == "on_hand_units"


def test_declare_stock_by_a_stranger(make, shop):
    with pytest.raises(NotPermitted):
        operations.declare_stock(make.Offer(), by=shop.user, on_hand_units=1)
