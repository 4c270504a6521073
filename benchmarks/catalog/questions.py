"""What buyers ask: words by Zipf's law, with their category, in stock, delivered to them."""

import itertools

import numpy as np
from django.test import Client
from django.utils.http import urlencode

from benchmarks.catalog.asking import Question
from benchmarks.catalog.filling import buyers


WORDS = (
    ("masque chirurgical", "masques-chirurgicaux"),
    ("gants nitrile", "gants"),
    ("gel hydroalcoolique 500", "hygiene-des-mains"),
    ("FFP2", "masques-ffp"),
    ("surblouse", "blouses"),
    ("SHA", "hygiene-des-mains"),
    ("visière", "protection-des-yeux"),
    ("gants stériles taille M", "gants"),
    ("EN 14683", "masques-chirurgicaux"),
    ("masque en tissu", "masques-grand-public"),
    ("combinaison", "blouses"),
    ("lunettes", "protection-des-yeux"),
    ("savon antiseptique", "hygiene-des-mains"),
    ("nitrile taille L", "gants"),
    ("FFP3 pédiatrique", "masques-ffp"),
    ("hidroalcoolique", "hygiene-des-mains"),
    ("Belledonne gants", "gants"),
    ("usage unique carton", "masques-chirurgicaux"),
    ("solution 1000 ml", "hygiene-des-mains"),
    ("Durance surblouse réanimation", "blouses"),
)
PRICES = ("", "0.1-1", "1-5", "5-20", "20-100")
LEAD_TIMES = ("", "1", "3", "7", "14", "30")
ORDERS = ("relevance", "price", "lead_time", "distance", "name")


def sessions() -> list[tuple[str, str]]:
    """Of each buyer's person: its department and its cookie."""
    found = []
    for seat in buyers():
        client = Client()
        client.force_login(seat.user)
        cookie = f"sessionid={client.cookies['sessionid'].value}; django_language=fr"
        found.append((seat.buyer.department, cookie))
    return found


def as_asked(people: list[tuple[str, str]], size: int, seed: int = 1) -> list[Question]:
    """By Zipf's law; the same questions come back, as they do in a crisis."""
    dice = np.random.default_rng(seed)
    weight = 1 / np.arange(1, len(WORDS) + 1)
    words = dice.choice(len(WORDS), size, p=weight / weight.sum())
    return [
        _question(people[person], WORDS[word])
        for person, word in zip(dice.integers(0, len(people), size), words, strict=True)
    ]


def never_twice(people: list[tuple[str, str]], size: int, seed: int = 2) -> list[Question]:
    """Every question differs: nothing can be read from the cache."""
    every = list(itertools.product(people, WORDS, PRICES, LEAD_TIMES, ORDERS))
    chosen = np.random.default_rng(seed).permutation(len(every))[:size]
    return [_question(every[row][0], every[row][1], *every[row][2:]) for row in chosen]


def _question(
    person: tuple[str, str],
    words: tuple[str, str],
    price: str = "",
    lead_time: str = "",
    order: str = "",
) -> Question:
    department, cookie = person
    asked = {"q": words[0], "category": words[1], "in_stock": "true", "department": department}
    asked |= {"price": price, "lead_time": lead_time, "order": order}
    told = {name: value for name, value in asked.items() if value}
    return Question(f"/catalogue/?{urlencode(told)}", cookie)
