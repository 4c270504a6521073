"""A change of law takes effect at midnight in Paris, or at once, and each supplier hears of it."""

import datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse

from catalog import law_watch, standing, tasks
from catalog.enums import Blocker, OfferStatus, ProductKind
from catalog.models import LawWatch, Offer, PriceRule, Product, Rejudgement, ShelfChange
from journal.models import Delivery, Event
from journal.notifications import render
from suppliers.models import Certificate


PARIS = ZoneInfo("Europe/Paris")
pytestmark = pytest.mark.django_db


def at(text):
    """The clock of Paris stands at this minute."""
    moment = datetime.datetime.fromisoformat(text).replace(tzinfo=PARIS)
    return time_machine.travel(moment, tick=False)


def minute():
    """What the worker does in a minute."""
    found = tasks.look_at_the_law()
    tasks.judge_offers()
    return found


@pytest.fixture
def seller(make):
    return make.SupplierMember()


@pytest.fixture
def gel(make, seller):
    """A bottle of 500 ml at 6.50 €: legal under 15 €/L, too dear under 13.19 €/L incl. VAT."""
    return make.Offer(
        supplier=seller.supplier,
        product=make.Product(kind=ProductKind.GEL, container_ml=500),
        unit_price_eur="6.5",
    )


def stopped(offer):
    offer.refresh_from_db()
    return offer.stopped_by


def notices():
    return Event.objects.filter(verb="catalog.offers_judged_anew").order_by("pk")


def test_decree_of_25_april_takes_offers_off_at_midnight(make, law, seller, gel):
    mask = make.Offer(product=make.Product(surgical_mask=True, standard=""), unit_price_eur=2)
    with at("2020-04-25T12:00"):
        minute()
        assert (stopped(gel), stopped(mask)) == ([], [])
    with at("2020-04-25T23:59"):
        assert not minute()
        assert stopped(gel) == []
    with at("2020-04-26T00:00"):
        assert minute()
        assert stopped(gel) == [Blocker.PRICE_ABOVE_CEILING]
        assert not minute()
    assert stopped(mask) == []
    done = Rejudgement.objects.first()
    gels = Product.objects.filter(kind=ProductKind.GEL).count()
    assert (done.products_marked, done.offers_to_judge, done.offers_judged) == (gels, 1, 1)
    assert (done.went_off, done.went_on) == (1, 0)
    assert done.finished_at
    assert {(each["what"], each["law"][:18]) for each in done.reasons} == {
        ("ENDED", "Décret n° 2020-293"),
        ("BEGAN", "Décret n° 2020-477"),
    }
    event = notices().get()
    assert event.subject_ref == str(seller.supplier.public_id)
    assert {each.recipient for each in Delivery.objects.filter(event=event)} == {seller.user}
    assert event.payload["off"] == [
        {
            "product": gel.product.name,
            "url": reverse("catalog:offer", args=[gel.public_id]),
            "reasons": ["PRICE_ABOVE_CEILING"],
        }
    ]


def test_end_of_a_decree_puts_offers_back_on_sale(make, law, gel):
    with at("2021-01-10T23:59"):
        minute()
        assert stopped(gel) == [Blocker.PRICE_ABOVE_CEILING]
    with at("2021-01-11T00:01"):
        minute()
        assert stopped(gel) == []
    event = notices().last()
    assert (event.payload["went_on"], event.payload["went_off"]) == (1, 0)
    assert event.payload["on"][0]["product"] == gel.product.name


def test_first_look_judges_everything_and_tells_nobody(law, gel):
    Offer.objects.update(stopped_by=[])
    ShelfChange.objects.all().delete()
    with at("2020-05-10T12:00"):
        assert not minute()
    assert stopped(gel) == [Blocker.PRICE_ABOVE_CEILING]
    assert not notices().exists()
    assert not Rejudgement.objects.exists()


def test_missed_midnights_are_caught_up(law, gel):
    with at("2020-04-20T12:00"):
        minute()
    with at("2020-06-01T09:30"):
        assert minute()
        assert stopped(gel) == [Blocker.PRICE_ABOVE_CEILING]


@pytest.mark.parametrize("change", ["UPDATE", "admin"])
def test_rule_changed_in_force_acts_at_once(make, sign_in, law, gel, change):
    with at("2020-05-10T12:00"):
        PriceRule.objects.filter(per_litre_eur="13.19").update(per_litre_eur="15")
        minute()
        assert stopped(gel) == []
        rule = PriceRule.objects.get(per_litre_eur="15", valid_from="2020-04-26")
        if change == "UPDATE":
            PriceRule.objects.filter(pk=rule.pk).update(per_litre_eur="12")
            assert minute()
        else:
            url = reverse("admin:catalog_pricerule_change", args=[rule.pk])
            client = sign_in(make.User(reviewer=True))
            form = client.get(url).context["adminform"].form
            values = {key: "" if each is None else each for key, each in form.initial.items()}
            answer = client.post(url, values | {"per_litre_eur": "12"})
            assert answer.status_code == 302
            assert ShelfChange.objects.filter(rejudgement__isnull=False).exists()
            tasks.judge_offers()
        assert stopped(gel) == [Blocker.PRICE_ABOVE_CEILING]
        assert Rejudgement.objects.first().reasons == [
            {"what": "CHANGED", "law": rule.legal_reference, "rule": f"pricerule:{rule.pk}"}
        ]


def test_rule_of_tomorrow_changes_nothing_today(law, gel):
    with at("2020-04-10T12:00"):
        minute()
        PriceRule.objects.create(
            legal_reference="Décret d'essai",
            product_kind=ProductKind.GEL,
            buyer_side="END_USER",
            per_litre_eur=1,
            tax_basis="TTC",
            valid_from="2020-04-11",
        )
        assert not minute()
        assert stopped(gel) == []
    with at("2020-04-11T00:00"):
        assert minute()
        assert stopped(gel) == [Blocker.PRICE_ABOVE_CEILING]


def test_certificate_holds_through_its_last_day(make, law, seller):
    certificate = make.Certificate(
        supplier=seller.supplier, expires_on="2020-05-10", issued_on="2020-01-01"
    )
    product = make.Product(surgical_mask=True)
    offers = [
        make.Offer(
            supplier=seller.supplier,
            product=product,
            certificate=certificate,
            unit_price_eur="0.5",
            supplier_reference=str(number),
        )
        for number in range(3)
    ]
    with at("2020-05-10T23:59"):
        minute()
        assert [stopped(offer) for offer in offers] == [[], [], []]
    with at("2020-05-11T00:00"):
        assert minute()
        assert [stopped(offer) for offer in offers] == [[Blocker.CERTIFICATE_EXPIRED]] * 3
    event = notices().get()
    assert (event.payload["went_off"], event.payload["certificates"]) == (3, True)
    assert Delivery.objects.filter(event=event, channel="EMAIL").count() == 1


def test_certificate_that_begins_puts_its_offers_on_sale(make, law, seller):
    certificate = make.Certificate(supplier=seller.supplier, issued_on="2020-05-02")
    offer = make.Offer(
        supplier=seller.supplier,
        product=make.Product(surgical_mask=True),
        certificate=certificate,
        unit_price_eur="0.5",
    )
    with at("2020-05-01T12:00"):
        minute()
        assert stopped(offer) == [Blocker.CERTIFICATE_MISSING]
    with at("2020-05-02T00:00"):
        minute()
        assert stopped(offer) == []


@pytest.mark.parametrize("language", ["en", "fr"])
def test_one_notice_for_each_supplier_with_all_its_offers(make, law, gel, language, monkeypatch):
    monkeypatch.setattr(law_watch, "NAMED", 2)
    others = [make.SupplierMember() for _ in range(2)]
    for seat in others:
        for number in range(4):
            make.Offer(
                supplier=seat.supplier,
                product=gel.product,
                unit_price_eur="6.5",
                supplier_reference=str(number),
            )
    draft = make.Offer(product=gel.product, unit_price_eur="6.5", status=OfferStatus.DRAFT)
    with at("2020-04-25T12:00"):
        minute()
    with at("2020-04-26T00:00"):
        minute()
        minute()
    assert stopped(draft) == [Blocker.DRAFT, Blocker.PRICE_ABOVE_CEILING]
    told = {each.subject_ref: each for each in notices()}
    assert len(told) == notices().count() == 3
    event = told[str(others[0].supplier.public_id)]
    assert (event.payload["went_off"], len(event.payload["off"]), event.payload["more"]) == (
        4,
        2,
        2,
    )
    headline, body = render(event, language)
    assert "4" in headline
    assert "2020-477" in body
    assert str(Blocker.PRICE_ABOVE_CEILING.value) not in body
    assert body.count(gel.product.name) == 2


def test_worker_that_dies_between_judging_and_telling_tells_later_and_once(law, gel):
    with at("2020-04-25T12:00"):
        minute()
    with at("2020-04-26T00:00"):
        tasks.look_at_the_law()
        list(standing.catch_up())
        assert notices().count() == 0
        assert [law_watch.finish(), law_watch.finish()] == [1, 0]
        assert notices().count() == 1


def test_own_changes_of_suppliers_go_before_those_of_the_law(make, law, monkeypatch):
    products = [make.Product(kind=ProductKind.GEL, container_ml=500) for _ in range(3)]
    standing.mark(Product.objects.filter(pk=products[0].pk), because=Rejudgement.objects.create())
    ShelfChange.objects.filter(rejudgement=None).delete()
    standing.mark(Product.objects.filter(pk=products[1].pk))
    make.Offer(product=products[0])
    make.Offer(product=products[1])
    ShelfChange.objects.filter(rejudgement=None, product=products[0]).delete()
    monkeypatch.setattr(standing, "BATCH", 1)
    first = next(standing.catch_up())
    assert {each.product_id for each in first} == {products[1].pk}


def test_progress_is_shown_to_the_ministry(make, sign_in, law, gel):
    with at("2020-04-25T12:00"):
        minute()
    with at("2020-04-26T00:00"):
        tasks.look_at_the_law()
        client = sign_in(make.User(auditor=True))
        page = client.get(reverse("admin:catalog_rejudgement_changelist")).content.decode()
        assert "0 sur 1" in page
        tasks.judge_offers()
        page = client.get(reverse("admin:catalog_rejudgement_changelist")).content.decode()
        assert "1 sur 1" in page
        assert "2020-477" in page
        done = Rejudgement.objects.first()
        url = reverse("admin:catalog_rejudgement_change", args=[done.pk])
        assert gel.product.name in client.get(url).content.decode()


def test_look_of_a_day_without_change_takes_few_statements(law, gel, django_assert_num_queries):
    with at("2020-04-25T12:00"):
        minute()
        with django_assert_num_queries(10):
            assert not tasks.look_at_the_law()
    assert LawWatch.objects.get().day == datetime.date(2020, 4, 25)
    assert Offer.objects.exists()
    assert not Certificate.objects.exists()
