"""A small market for the tests of orders: hospitals, sellers, and the acts between them."""

import datetime
from types import SimpleNamespace

from accounts.enums import MinistryRole
from buyers.enums import BuyerKind, BuyerRole
from catalog.models import VatRule
from orders import invariants, operations, reference, rounds
from orders.enums import RoundTrigger
from tests import factories


class World:
    def __init__(self):
        VatRule.objects.create(
            rate_pct=20, legal_reference="Test", valid_from=datetime.date(2020, 1, 1)
        )
        reference.load()
        self.allocator = factories.UserFactory(ministry_role=MinistryRole.ALLOCATOR)

    def hospital(self, beds=100, kind=BuyerKind.HOSPITAL, department="75", limit=None):
        """Its manager, approver and requester, and one site."""
        buyer = factories.BuyerFactory(
            approved=True, beds=beds, icu_beds=0, staff=0, kind=kind, department=department
        )

        def seat(role, **more):
            return factories.BuyerMemberFactory(buyer=buyer, role=role, **more).user

        return SimpleNamespace(
            buyer=buyer,
            site=factories.SiteFactory(buyer=buyer, department=department),
            manager=seat(BuyerRole.MANAGER),
            approver=seat(BuyerRole.APPROVER),
            requester=seat(BuyerRole.REQUESTER, order_limit_eur=limit),
        )

    def offer(self, scarce=False, **fields):
        offer = factories.OfferFactory(product__managed=scarce, **fields)
        offer.clerk = factories.SupplierMemberFactory(supplier=offer.supplier).user
        return offer

    def basket(self, hospital, *asks, by=None):
        by = by or hospital.manager
        basket = operations.basket_of(hospital.buyer, by=by)
        for ask in asks:
            operations.add_line(basket, by=by, **ask)
        return basket

    def order(self, hospital, *asks, by=None):
        by = by or hospital.manager
        basket = self.basket(hospital, *asks, by=by)
        return operations.submit(basket, by=by, site=hospital.site)

    def picked(self, hospital, offer, units, **more):
        """An order of one ample offer."""
        return self.order(
            hospital, {"product": offer.product, "offer": offer, "requested_units": units, **more}
        )

    def need(self, hospital, product, units, **more):
        """An order of one scarce product."""
        return self.order(hospital, {"product": product, "requested_units": units, **more})

    def run_round(self):
        round_ = rounds.open_round(trigger=RoundTrigger.MINISTRY, by=self.allocator)
        return rounds.advance(round_.pk)

    def accept(self, part, by, units=None):
        """All of each line, or `units` of the only one."""
        accepted = {line.pk: line.units if units is None else units for line in part.lines.all()}
        return operations.accept(part, by=by, accepted=accepted)

    def ship(self, part, by, units=None, lot="L1", **more):
        """All that is left of each line, or `units` of the only one."""
        lines = [
            {
                "line": line,
                "lot_number": lot,
                "units": line.accepted_units - line.shipped_units if units is None else units,
                "expires_on": None,
            }
            for line in part.lines.all()
        ]
        return operations.ship(part, by=by, carrier="La Poste", lines=lines, **more)

    def receive(self, shipment, by, missing=0):
        counted = {line.pk: (line.units - missing, 0) for line in shipment.lines.all()}
        return operations.receive(shipment, by=by, lines=counted)

    def check(self):
        """Every invariant of the market."""
        assert list(invariants.violations()) == []
