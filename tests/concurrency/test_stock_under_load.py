"""32 suppliers change stock of the same products while 16 buyers search and order, over HTTP."""

import http.client
import json
import logging
import random
import threading
import time
import uuid
from collections import Counter
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from catalog import audit, operations, standing, stock_watch
from catalog.models import Offer, ShelfVersion
from core.errors import Busy
from core.transacting import operation
from orders.models import Order
from tests import factories
from tests.concurrency.test_stock_reservation import run_together
from tests.orders.world import World


pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.serial]
logger = logging.getLogger(__name__)

SUPPLIERS, BUYERS, PRODUCTS = 32, 16, 3
WANTED = 3
SUPPLIER_TURNS, BUYER_TURNS = 2, 2
CSRF = "c" * 32
SEED = 2020


class Person:
    """Somebody signed in, on a connection of their own."""

    def __init__(self, url, user):
        self.line = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
        client = Client()
        client.force_login(user)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        self.headers = {
            "Cookie": f"{settings.SESSION_COOKIE_NAME}={session}; csrftoken={CSRF}",
            "X-CSRFToken": CSRF,
            "Content-Type": "application/json",
        }
        self.seen = Counter()
        self.ask("hello", "GET", "/healthz")  # one by one: the server's queue is short

    def ask(self, what, method, path, body=None, **headers):
        """Send it, note the answer's status under `what`, and return its text."""
        sent = json.dumps(body) if body is not None else None
        self.line.request(method, path, sent, self.headers | headers)
        answer = self.line.getresponse()
        text = answer.read()
        self.seen[what, answer.status] += 1
        return text


def supplies(person, offers, dice):
    """One act of a supplier: a sheet of all its counts, one declaration, or a count of a lot."""
    offer = dice.choice(offers)
    act = dice.choice(["sheet", "declare", "count", "confirm"])
    if act == "sheet":
        mixed = dice.sample(offers, len(offers))
        rows = [
            {"offer": str(each.public_id), "on_hand_units": dice.randint(300, 900)}
            for each in mixed
        ]
        person.ask(act, "POST", "/api/v1/offers/stock/", {"rows": rows})
    elif act == "declare":
        path = f"/api/v1/offers/{offer.public_id}/declare_stock/"
        person.ask(act, "POST", path, {"on_hand_units": dice.randint(300, 900)})
    elif act == "count":
        lot = json.loads(person.ask("lots", "GET", "/api/v1/lots/"))["results"][0]
        left = lot["left_units"]
        place = {"lot": lot["public_id"], "book_units": left, "counted_units": left - 1}
        body = {"offer": lot["offer"], "places": [place | {"reason": "DAMAGED"}]}
        person.ask(act, "POST", "/api/v1/stock-counts/", body)
    else:
        person.ask(act, "POST", "/api/v1/offers/confirm_stock/", {})


def buys(person, place, sellers, dice):
    """One act of a buyer: search, look at the offers of a product, order all that one maker has.

    Few makers are asked, each for several offers in any order: here locks would cross.
    """
    _user, offers = sellers[dice.randrange(WANTED)]
    person.ask("search", "GET", "/catalogue/?q=produit&in_stock=true")
    person.ask("offers", "GET", f"/api/v1/offers/?product={offers[0].product.slug}")
    lines = [
        {"product": each.product.slug, "offer": str(each.public_id), "requested_units": 10}
        for each in dice.sample(offers, len(offers))
    ]
    body = {"site": str(place.site.public_id), "lines": lines}
    person.ask("order", "POST", "/api/v1/orders/", body, **{"Idempotency-Key": str(uuid.uuid4())})


def turns_of(number):
    """The wanted makers are busier than the others."""
    if number >= SUPPLIERS:
        return BUYER_TURNS
    return SUPPLIER_TURNS * (2 if number < WANTED else 1)


def works(stop):
    """What the workers do meanwhile: verdicts, facts and notices follow the stock."""
    while not stop.is_set():
        for _verdicts in standing.catch_up():
            pass
        stock_watch.tell_of_low_stock()
        time.sleep(0.5)


def deadlocks():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]


def shelves():
    """Every supplier offers every product; of the first it keeps a lot."""
    products = [factories.ProductFactory(name=f"Produit {each}") for each in range(PRODUCTS)]
    sellers = []
    for _ in range(SUPPLIERS):
        seat = factories.SupplierMemberFactory()
        offers = [
            factories.OfferFactory(supplier=seat.supplier, product=each, low_stock_units=600)
            for each in products
        ]
        operations.receive_lot(offers[0], by=seat.user, number="L1", units=100)
        sellers.append((seat.user, offers))
    return sellers


def test_stock_changes_while_buyers_search_and_order(live_server):
    world, before = World(), deadlocks()
    ShelfVersion.objects.get_or_create(pk=1)  # the last test emptied all tables
    sellers = shelves()
    for _verdicts in standing.catch_up():
        pass
    places = [world.hospital() for _ in range(BUYERS)]
    people = [Person(live_server.url, user) for user, _offers in sellers]
    people += [Person(live_server.url, place.manager) for place in places]
    stop = threading.Event()

    def work(number):
        dice = random.Random(f"{SEED}/{number}")
        if number == SUPPLIERS + BUYERS:
            return works(stop)
        try:
            for _ in range(turns_of(number)):
                if number < SUPPLIERS:
                    supplies(people[number], sellers[number][1], dice)
                else:
                    buys(people[number], places[number - SUPPLIERS], sellers, dice)
        finally:
            done.release()
        return None

    done = threading.Semaphore(0)
    threading.Thread(target=_stop_after, args=(done, stop), daemon=True).start()
    began = time.monotonic()
    run_together(work, SUPPLIERS + BUYERS + 1)
    seconds = time.monotonic() - began
    for person in people:
        person.line.close()
    seen = sum((person.seen for person in people), Counter())
    logger.info("%d requests in %.1f s: %s", seen.total(), seconds, sorted(seen.items()))
    assert {key: count for key, count in seen.items() if key[1] >= 500} == {}
    assert {status for _what, status in seen} <= {200, 201, 409}
    assert seen["search", 200] == seen["offers", 200] == BUYERS * BUYER_TURNS
    assert seen["order", 201] > 0
    assert seen["sheet", 200] > 0
    assert seen["count", 200] > 0
    time.sleep(1)  # the server's own figures lag by that much
    assert deadlocks() == before
    assert list(audit.faults()) == []
    assert Offer.objects.filter(reserved_units__gt=0).exists()
    assert Order.objects.count() == seen["order", 201]
    world.check()


def _stop_after(done, stop):
    for _ in range(SUPPLIERS + BUYERS):
        done.acquire()
    stop.set()


def test_control_deadlocks_are_seen(make):
    """Shows that the test above can fail: two who lock in opposite order are counted and Busy."""
    before = deadlocks()
    offers = [make.Offer() for _ in range(2)]
    both = threading.Barrier(2)

    @operation
    def cross(first, second):
        Offer.objects.locked().get(pk=first.pk)
        both.wait(30)
        Offer.objects.locked().get(pk=second.pk)

    def work(number):
        try:
            cross(*(offers if number else reversed(offers)))
        except Busy:
            return "busy"
        return "done"

    assert sorted(run_together(work, 2)) == ["busy", "done"]
    time.sleep(1)
    assert deadlocks() == before + 1


def test_statement_that_waits_too_long_in_all_is_busy(db):
    """Many short waits for locks add up without one of them reaching `lock_timeout`."""

    @operation
    def wait():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 100")
            cursor.execute("SELECT pg_sleep(5)")

    with pytest.raises(Busy):
        wait()
