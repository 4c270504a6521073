"""Forms that look something up before they are checked: PostgreSQL takes no zero byte."""

import pytest
from django.urls import reverse

from catalog.models import Category


pytestmark = pytest.mark.django_db
NAME = "Gel\0 500"


def test_zero_byte_in_the_name_of_a_new_sheet_is_said_to_be_wrong(law, sign_in, shop):
    leaf = Category.objects.filter(children=None).order_by("pk").first()
    client, url = sign_in(shop.user), f"/sheets/new/{leaf.slug}/"
    assert client.get(url, {"name": NAME, "gtin": "\0"}).status_code == 200
    page = client.post(url, {"name": NAME})
    assert page.status_code == 200
    assert "name" in page.context["form"].errors


def test_zero_byte_in_the_sheet_of_a_line_names_no_sheet(sign_in, ward):
    client = sign_in(ward.user)
    url = reverse("orders:add_line")
    for ask in (client.get, client.post):
        assert ask(url, {"product": "gel\0"}).status_code == 404
