import pytest


def test_healthz_answers_without_database(client):
    assert client.get("/healthz").json() == {"ok": True}


@pytest.mark.django_db
def test_readyz_answers(client):
    assert client.get("/readyz").json() == {"ok": True}


@pytest.mark.django_db
def test_factories_make_a_world(make):
    make.Offer(product__surgical_mask=True)
    make.OrderLine(order__placed=True)
    make.Certificate()
    make.SupplierMember()
    make.BuyerMember()
    make.Round()
