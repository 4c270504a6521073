"""A pallet of gel goes from factory to hospital: every role, in French, in a real browser."""

import datetime

import pytest
from django.utils import timezone

import catalog.reference
import orders.reference
import suppliers.reference
from accounts.organisations import OrganisationStatus
from buyers.models import Buyer, RegisterEntry
from catalog.models import Offer
from orders import invariants
from orders.models import Order
from suppliers.models import Supplier
from tests.browser.people import Person, wait_for
from tests.factories import PDF, UserFactory, finess, siret


pytestmark = pytest.mark.django_db(transaction=True)
HOSPITAL, LEGAL_ENTITY = finess(4242), finess(4243)


@pytest.fixture
def person(browser, live_server, settings):
    settings.SITE_URL = live_server.url
    everyone = []

    def _person():
        someone = Person(browser, live_server.url)
        everyone.append(someone)
        return someone

    yield _person
    for someone in everyone:
        someone.leave()


@pytest.fixture
def reference():
    suppliers.reference.load()
    catalog.reference.load()
    catalog.reference.load_exercise()
    orders.reference.load()
    RegisterEntry.objects.create(
        finess=HOSPITAL,
        legal_entity_finess=LEGAL_ENTITY,
        short_name="CH ESSAI",
        name="CENTRE HOSPITALIER D'ESSAI",
        department="75",
        postcode="75012",
        city="PARIS",
        category="Centre Hospitalier (C.H.)",
        legal_status="Etablissement public de santé",
        siret=siret(990_001),
        imported_at=timezone.now(),
    )


def test_journey(person, reference, mailbox, worker, tmp_path):
    maker, reviewer, buyer = person(), person(), person()
    allocator, auditor = person(), person()
    UserFactory(email="instruction@example.org", reviewer=True)
    UserFactory(email="repartition@example.org", allocator=True)
    UserFactory(email="audit@example.org", auditor=True)
    reviewer.sign_in("instruction@example.org", second_factor=True)

    company_signs_up(maker, mailbox, tmp_path)
    reviewer_approves_company(reviewer)
    wait_for(lambda: any("pprouv" in str(m["subject"]) for m in mailbox.to("usine@example.org")))
    gel, masks = company_publishes(maker)
    hospital_signs_up(buyer, mailbox)
    reviewer_approves_hospital(reviewer)
    order = hospital_orders(buyer, gel)
    round_shares_out(allocator, auditor, buyer, order, masks)
    company_delivers(maker, order)
    hospital_receives(buyer, order)
    everyone_heard(maker, buyer, mailbox)
    assert list(invariants.violations()) == []


def company_signs_up(maker, mailbox, tmp_path):
    maker.open("/")
    maker.look("home")
    maker.sign_up(mailbox, "usine@example.org", "Camille Usine")
    maker.open("/supplier/new/")
    maker.look("company-new")
    maker.send(siret="73282932000075", name="Usine d'Essai")
    maker.sees("SIRET")
    maker.send(siret="732 829 320 00074", name="Usine d'Essai")
    maker.open("/supplier/file/")
    maker.look("company-file-missing")
    maker.open("/supplier/file/edit/")
    maker.send(
        street="1 rue du Test",
        postcode="01000",
        city="Bourg-en-Bresse",
        phone="01 99 00 00 01",
        activities=["GEL", "MASKS"],
        gel_regime="COSMETICS",
    )
    for kind in ("KBIS", "CERTIFICATE"):
        path = tmp_path / f"{kind}.pdf"
        path.write_bytes(PDF.replace(b"1.7", b"1.7 %" + kind.encode()))
        maker.open("/supplier/documents/add/")
        maker.fill(kind=kind)
        maker.page.set_input_files("main input[type=file]", path)
        maker.page.locator("main form button[type=submit]").first.click()
        maker.page.wait_for_load_state()
    maker.open("/supplier/certificates/add/")
    maker.look("company-certificate")
    last = maker.page.locator("main select[name=document] option").last.get_attribute("value")
    maker.send(
        document=last,
        standard="EN 149",
        body_number="0082",
        scope="FFP2",
        issued_on="2020-01-01",
        expires_on="2099-01-01",
    )
    for code in ("true-statement", "gel-formula"):
        maker.open("/supplier/file/")
        maker.press(f"/attest/{code}/")
    maker.open("/supplier/file/")
    maker.press("/submit/")
    maker.look("company-file-submitted")
    assert Supplier.objects.get().status == OrganisationStatus.PENDING_APPROVAL


def decide(reviewer, decision):
    reviewer.page.locator(f"button[name=decision][value={decision}]").first.click()
    reviewer.page.wait_for_load_state()


def reviewer_approves_company(reviewer):
    reviewer.open("/admin/")
    reviewer.open("/admin/suppliers/supplier/")
    reviewer.open(f"/admin/suppliers/supplier/{Supplier.objects.get().pk}/change/")
    reviewer.look("review-company")
    decide(reviewer, "accept_certificate")
    reviewer.page.fill("[name=note]", "01 99 00 00 01, Mme Essai")
    decide(reviewer, "record_call_back")
    decide(reviewer, "approve")
    assert Supplier.objects.get().status == OrganisationStatus.APPROVED


def company_publishes(maker):
    maker.open("/offers/new/?product=gel-500-ml")
    maker.look("offer-new")
    terms = {"pack_units": "20", "min_order_units": "20", "lead_time_days": "2"}
    maker.send(unit_price_eur="9,00", on_hand_units="1000", **terms)
    maker.sees("Décret")
    maker.send(unit_price_eur="3,20", on_hand_units="1000", **terms)
    gel = Offer.objects.get()
    maker.open(f"/offers/{gel.public_id}/")
    maker.press("/publish/")
    maker.open("/offers/new/?product=masque-ffp2")
    certificate = maker.page.locator("main select[name=certificate] option").last
    maker.send(
        unit_price_eur="1,90",
        on_hand_units="300",
        certificate=certificate.get_attribute("value"),
        **(terms | {"pack_units": "10", "min_order_units": "10"}),
    )
    masks = Offer.objects.exclude(pk=gel.pk).get()
    maker.open(f"/offers/{masks.public_id}/")
    maker.press("/publish/")
    maker.open("/offers/")
    maker.look("offers")
    return gel, masks


def hospital_signs_up(buyer, mailbox):
    buyer.sign_up(mailbox, "pharmacie@example.org", "Claude Pharmacie")
    buyer.open("/buyer/new/")
    buyer.look("hospital-new")
    buyer.send(kind="HOSPITAL", finess=HOSPITAL)
    buyer.sees("CENTRE HOSPITALIER D'ESSAI")
    buyer.look("hospital-new-details")
    buyer.send(street="1 rue du Test", phone="01 99 00 00 02", beds="50", icu_beds="0", staff="0")
    buyer.open("/buyer/file/")
    buyer.look("hospital-file")
    buyer.press("/submit/")
    assert Buyer.objects.get().siret == siret(990_001)


def reviewer_approves_hospital(reviewer):
    reviewer.open(f"/admin/buyers/buyer/{Buyer.objects.get().pk}/change/")
    reviewer.look("review-hospital")
    decide(reviewer, "approve")
    assert Buyer.objects.get().status == OrganisationStatus.APPROVED


def hospital_orders(buyer, gel):
    buyer.open("/catalogue/?q=gel")
    buyer.look("search")
    buyer.open("/catalogue/gel-500-ml/")
    buyer.look("product-ample")
    form = buyer.page.locator("main form[action$='/basket/add/']").first
    form.locator("[name=requested_units]").fill("90")
    form.locator("button[type=submit]").click()
    buyer.page.wait_for_load_state()
    buyer.sees("100")
    buyer.open("/catalogue/gel-500-ml/")
    form = buyer.page.locator("main form[action$='/basket/add/']").first
    form.locator("[name=requested_units]").fill("100")
    form.locator("button[type=submit]").click()
    buyer.page.wait_for_load_state()
    buyer.open("/catalogue/masque-ffp2/")
    buyer.look("product-scarce")
    form = buyer.page.locator("main form[action$='/basket/add/']").first
    form.locator("[name=requested_units]").fill("500")
    form.locator("button[type=submit]").click()
    buyer.page.wait_for_load_state()
    buyer.open("/orders/basket/")
    buyer.look("basket")
    buyer.press("/submit/")
    order = Order.objects.get()
    assert order.number
    assert order.lines.get(position=1).allocated_units == 100
    gel.refresh_from_db()
    assert gel.reserved_units == 100
    return order


def round_shares_out(allocator, auditor, buyer, order, masks):
    """The clock runs the round; the ministry looks at it and the hospital at its reason."""
    wait_for(lambda: order.lines.get(position=2).allocated_units == 300, seconds=40)
    masks.refresh_from_db()
    assert masks.reserved_units == 300
    allocator.sign_in("repartition@example.org", second_factor=True)
    allocator.open("/rounds/")
    allocator.look("rounds")
    allocator.open(f"/rounds/{order.lines.get(position=2).explanations.last().round_id}/")
    allocator.look("round")
    auditor.sign_in("audit@example.org", second_factor=True)
    auditor.open("/rounds/")
    assert auditor.page.locator("main form[action$='/run/']").count() == 0
    buyer.open(f"/orders/{order.number}/")
    buyer.look("order")
    buyer.open(f"/orders/{order.number}/lines/2/why/")
    buyer.look("why")
    buyer.sees("300")


def company_delivers(maker, order):
    maker.open("/day/")
    maker.look("supplier-day")
    maker.open("/sales/")
    maker.look("sales")
    for part in order.supplier_orders.order_by("pk"):
        line = part.lines.get()
        units = 80 if line.units == 100 else line.units
        maker.open(f"/sales/{part.number}/")
        maker.look(f"sale-{line.units}")
        maker.send(**{f"line_{line.pk}": str(units)})
        maker.open(f"/sales/{part.number}/")
        maker.look(f"sale-{line.units}-to-ship")
        use_by = timezone.localdate() + datetime.timedelta(days=700)
        maker.send(
            carrier="La Poste",
            tracking_number="8L00012345",
            **{
                f"lot_{line.pk}_1": f"LOT-{line.units}",
                f"units_{line.pk}_1": str(units),
                f"expires_{line.pk}_1": use_by.isoformat(),
            },
        )
        part.refresh_from_db()
        assert part.status == "SHIPPED"


def hospital_receives(buyer, order):
    buyer.open("/day/")
    buyer.look("buyer-day")
    for part in order.supplier_orders.order_by("pk"):
        shipment = part.shipments.get()
        buyer.open(f"/orders/shipments/{shipment.number}/receive/")
        buyer.look(f"receive-{part.pk}")
        buyer.page.locator("main form.form button[type=submit]").first.click()
        buyer.page.wait_for_load_state()
    buyer.open(f"/orders/{order.number}/")
    buyer.press("/lines/2/cancel-rest/")
    order.refresh_from_db()
    assert order.status == "CLOSED"
    buyer.look("order-closed")
    buyer.open("/orders/")
    buyer.look("orders")


def everyone_heard(maker, buyer, mailbox):
    maker.open("/inbox/")
    maker.look("inbox")
    buyer.open("/inbox/")
    assert buyer.page.locator("main .news li").count() >= 6
    wait_for(lambda: len(mailbox.to("pharmacie@example.org")) >= 5)
    wait_for(lambda: len(mailbox.to("usine@example.org")) >= 5)
