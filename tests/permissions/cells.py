"""Asks one question of the matrix: this principal, this route, this method, objects of A."""

import re
from contextlib import contextmanager

from django.apps import apps
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.urls import NoReverseMatch, reverse
from knox.models import AuthToken

from tests.factories import PDF
from tests.permissions import world as worlds
from tests.permissions.table import Matrix
from tests.permissions.walker import routes


MATRIX = Matrix()
ROUTES = {route.name: route for route in routes()}
BUSINESS = ("accounts", "journal", "suppliers", "buyers", "catalog", "orders")
WRITE = re.compile(
    r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM) "?((?:accounts|journal|suppliers|buyers|catalog'
    r"|orders)_[a-z_]+)",
    re.IGNORECASE,
)
REFUSALS = {401, 403, 404, 405}


@contextmanager
def undone():
    """Whatever happens inside is taken back; for Django it is a test's own transaction."""
    block = transaction.atomic()
    block._from_testcase = True
    with block:
        yield
        transaction.set_rollback(True)


def checksum():
    """One hash over every row of every business table."""
    parts = []
    for model in apps.get_models():
        if model._meta.app_label in BUSINESS:
            table, key = model._meta.db_table, model._meta.pk.column
            parts.append(f"SELECT string_agg(t::text, '|' ORDER BY {key}) AS rows FROM {table} t")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT md5(string_agg(rows, '#')) FROM ({' UNION ALL '.join(parts)}) x")
        return cursor.fetchone()[0]


def row_body(row):
    """The values of a row's body as they stand in the table."""
    return row.body.values() if row else ()


class Stage:
    """The world and a way to act in it as anyone."""

    def __init__(self):
        self.world = worlds.build()
        self.client = Client()
        self.keys = {name: self._key(user) for name, user in self.world.people.items()}
        self.before = checksum()

    def _key(self, user):
        if user.is_service:
            return {"headers": {"Authorization": f"Token {AuthToken.objects.create(user)[1]}"}}
        client = Client()
        client.force_login(user)
        return {"cookie": client.cookies[settings.SESSION_COOKIE_NAME].value}

    def call(self, principal, route, method, *, side=None, foreign=None):
        """One request that leaves no trace; returns the answer and whether it changed anything.

        `side` owns the objects of the URL and the body (A); `foreign` names the one private
        reference of the body that is taken from A all the same.
        """
        self.world.side, self.foreign = side or self.world.a, foreign
        row = MATRIX.rows.get((route, method))
        asked = row or next(
            (each for (name, _method), each in MATRIX.rows.items() if name == route), None
        )
        url = self._url(route, asked.url_args if asked else {})
        body = self.filled(row.body) if row else {}
        options = {"query_params": self.filled(row.query)} if row and row.query else {}
        options["headers"] = self.filled(row.headers) if row else {}
        if method != "GET":
            options |= {"data": body}
            if ROUTES[route].is_api and "@pdf" not in row_body(row):
                options["content_type"] = "application/json"
        return self._send(principal, method, url, options)

    @staticmethod
    def complaints(response):
        """What the page or the API says against the request."""
        errors = re.findall(
            r'(?s)class="[^"]*(?:invalid|error)[^"]*"[^>]*>(.{0,200})', response.text
        )
        return errors[:3] or response.text[-300:]

    def _send(self, principal, method, url, options):
        key = self.keys.get(principal, {})
        options["headers"] |= key.get("headers", {})
        self.client.cookies.clear()
        if "cookie" in key:
            self.client.cookies[settings.SESSION_COOKIE_NAME] = key["cookie"]
        writes = []

        def watch(execute, sql, params, many, context):
            if WRITE.match(sql):
                writes.append(sql)
            return execute(sql, params, many, context)

        with undone():
            with connection.execute_wrapper(watch):
                response = getattr(self.client, method.lower())(url, **options)
            response.everything, response.asked = everything(response), f"{url} {options}"
            changed = bool(writes) and checksum() != self.before
        return response, changed

    def _url(self, route, args):
        try:
            return reverse(route, kwargs=self.filled(args))
        except NoReverseMatch:
            # a route without a name is asked for by its own pattern
            path = route.replace("^", "").replace("$", "")
            for name, value in self.filled(args).items():
                path = re.sub(rf"<\w+:{name}>|\(\?P<{name}>[^)]*\)", str(value), path)
            return f"/{path}"

    def filled(self, value):
        """References replaced: "=site.public_id" is of the side, "~…" too, but no secret."""
        if isinstance(value, dict):
            return {self._key_of(key): self._one(each, key) for key, each in value.items()}
        if isinstance(value, list):
            return [self.filled(each) for each in value]
        if value == "@pdf":
            return SimpleUploadedFile("proof.pdf", PDF, "application/pdf")
        if isinstance(value, str) and value[:1] in {"=", "~"}:
            return self._look_up(self.world.side, value[1:])
        return value

    def _key_of(self, key):
        # the names of some fields hold the key of a row: "accepted_{sale_line.pk}"
        return re.sub(r"{([\w.]+)}", lambda path: self._look_up(self.world.side, path[1]), key)

    def _one(self, value, key):
        if key == self.foreign and isinstance(value, str):
            return self._look_up(self.world.a, value[1:])
        return self.filled(value)

    @staticmethod
    def _look_up(side, path):
        for name in path.split("."):
            side = getattr(side, name)
            side = side() if callable(side) else side
        return str(side)


def everything(response):
    """Body and headers as one text."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return body.decode("utf-8", "replace") + str(response.headers)


def leads_to_login(response):
    """A redirect to a page where one signs in, or out of the admin page that one must not see."""
    return response.status_code == 302 and re.match(
        r"/(accounts|admin)/(login|reauth)|/admin/$", response["Location"]
    )


def is_right(answer, method, response, changed):
    """Whether this is the answer that the matrix asks for."""
    code, login = response.status_code, bool(leads_to_login(response))
    if code >= 500:
        return False
    if answer in {"any", "closed"}:
        return not changed
    if answer == "ok":
        return not login and code not in REFUSALS and (method != "GET" or code < 400)
    wanted = {
        "login": login or code == 401,
        "hidden": code == 404,
        "forbidden": code == 403
        or (code == 302 and not login)
        or (method != "GET" and not login and code not in REFUSALS),
        "refused": login or code in REFUSALS,
    }
    return wanted[answer] and not changed


def leaks(world, principal, response):
    """Canaries in the answer that this principal must not read."""
    foreign = (each for each, sees in world.canaries.items() if principal not in sees)
    # what the request itself names may come back: the address of a 404 page, an id refused
    return [each for each in foreign if each in response.everything and each not in response.asked]


def wrong(stage, principal, route, method):
    """What is wrong with one cell, in words; nothing if it is right."""
    answer = MATRIX.answer(route, method, principal)
    cell = f"{principal}: {method} {route}"
    try:
        response, changed = stage.call(principal, route, method)
    except Exception as error:  # noqa: BLE001  a broken page is one wrong cell, not the end
        return f"{cell} should be {answer}, broke with {error!r}"
    if found := leaks(stage.world, principal, response):
        return f"{cell} shows {found}"
    if not is_right(answer, method, response, changed):
        trace = f"{response.status_code} {response.headers.get('Location', '')}"
        return f"{cell} should be {answer}, is {trace}{', CHANGED DATA' if changed else ''}"
    return ""
