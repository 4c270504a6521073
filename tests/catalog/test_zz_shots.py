import os
import random
from decimal import Decimal

import pytest
from django.test import Client
from playwright.sync_api import sync_playwright

from catalog import operations, reference, stock
from catalog.models import Offer, Product


OUT = "/tmp/shots-catalog"
ARGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.mark.django_db(transaction=True)
def test_shots(make, live_server):
    os.makedirs(OUT, exist_ok=True)
    reference.load()
    reference.load_exercise()
    member = make.SupplierMember(
        supplier=make.Supplier(approved=True, name="Laboratoires Cévenol")
    )
    suppliers = [member.supplier] + [
        make.Supplier(approved=True, name=n)
        for n in (
            "Chimie du Rhône",
            "Textiles de la Loire",
            "Distillerie Bretonne",
            "Cosmétiques Armor",
        )
    ]
    certs = {s.pk: make.Certificate(supplier=s) for s in suppliers}
    rnd = random.Random(1)
    prices = {
        "gel-500-ml": "4.2",
        "masque-chirurgical-type-iir": "0.55",
        "gel-5-l": "38",
        "gants-nitrile-m": "0.0873",
        "flacon-500-ml": "0.31",
    }
    for slug, price in prices.items():
        p = Product.objects.get(slug=slug)
        for i, s in enumerate(suppliers):
            make.Offer(
                supplier=s,
                product=p,
                unit_price_eur=Decimal(price) * Decimal(1 + i / 20).quantize(Decimal("0.01")),
                on_hand_units=rnd.choice([0, 1200, 50000, 250000]) if i else 12500,
                pack_units=rnd.choice([1, 50, 500]),
                lead_time_days=2 + i,
                departments=["13", "84"] if i == 3 else [],
                certificate=certs[s.pk] if p.standard == "EN 14683" else None,
            )
    make.Offer(
        supplier=member.supplier,
        product=Product.objects.get(slug="masque-ffp2"),
        status="DRAFT",
        on_hand_units=0,
        supplier_reference="FFP2-2020",
        unit_price_eur="1.80",
    )
    make.Offer(
        supplier=member.supplier,
        product=Product.objects.get(slug="gel-1-l"),
        unit_price_eur="14",
        supplier_reference="GHA-1L",
    )
    off = Offer.objects.get(supplier=member.supplier, product__slug="gel-500-ml")
    stock.reserve(off.pk, 500, cause="order-line:1", by=None)
    operations.withdraw(off, by=member.user)
    operations.publish(off, by=member.user)
    operations.declare_stock(off, by=member.user, on_hand_units=14000)
    draft = Offer.objects.get(product__slug="masque-ffp2")
    ward = make.BuyerMember(
        buyer=make.Buyer(approved=True, name="CH de Nevers", beds=320, staff=500)
    )

    def cookie(user):
        c = Client()
        c.force_login(user)
        return c.cookies["sessionid"].value

    jobs = [
        ("search-anon", None, "/catalogue/"),
        ("search-buyer", ward.user, "/catalogue/?q=gel&in_stock=on&department=75"),
        ("search-all-buyer", ward.user, "/catalogue/"),
        ("search-none", None, "/catalogue/?q=locomotive"),
        ("product-anon", None, "/catalogue/masque-chirurgical-type-iir/"),
        ("product-ample", ward.user, "/catalogue/gel-500-ml/"),
        ("product-scarce", ward.user, "/catalogue/masque-chirurgical-type-iir/"),
        ("product-industry", ward.user, "/catalogue/flacon-500-ml/"),
        ("offers", member.user, "/offers/"),
        ("offer", member.user, f"/offers/{off.public_id}/"),
        ("offer-draft", member.user, f"/offers/{draft.public_id}/"),
        ("new-offer", member.user, "/offers/new/?product=gel-500-ml"),
    ]
    cookies = {u: cookie(u) for _n, u, _p in jobs if u}
    with sync_playwright() as pw:
        browser = pw.chromium.launch(executable_path="/usr/bin/chromium", args=ARGS)
        for width in (1280, 375):
            for name, user, path in jobs:
                ctx = browser.new_context(viewport={"width": width, "height": 800}, locale="fr-FR")
                if user:
                    ctx.add_cookies(
                        [{"name": "sessionid", "value": cookies[user], "url": live_server.url}]
                    )
                page = ctx.new_page()
                errors = []
                page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
                page.goto(live_server.url + path)
                page.screenshot(path=f"{OUT}/{name}-{width}.png", full_page=True)
                wide = page.evaluate(
                    "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                )
                print(name, width, "overflow", wide, errors)
                if name == "new-offer":
                    page.fill("[name=unit_price_eur]", "9,99")
                    page.fill("[name=on_hand_units]", "100")
                    page.fill("[name=min_order_units]", "120")
                    page.fill("[name=pack_units]", "50")
                    page.click("main button[type=submit]")
                    page.screenshot(path=f"{OUT}/{name}-errors-{width}.png", full_page=True)
                ctx.close()
        browser.close()
