from datetime import date

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.organisations import OrganisationStatus
from catalog.models import Offer
from orders import invariants
from orders.models import OrderLine
from stopcovid.demo.accounts import DEMO_ACCOUNTS
from suppliers.models import Supplier


@pytest.mark.django_db
def test_seed_demo_makes_its_world_once(settings, capsys):
    settings.DEMO = True
    call_command("seed_demo")
    assert Supplier.objects.count() == 86
    assert Supplier.objects.filter(status=OrganisationStatus.PENDING_APPROVAL).count() == 1
    assert Offer.objects.on_sale().count() > 80
    assert OrderLine.objects.waiting().count() == 8
    assert list(invariants.violations()) == []
    Offer.objects.update(stock_confirmed_on=date(2020, 4, 1))
    call_command("seed_demo")
    assert not Offer.objects.to_confirm(timezone.localdate()).exists()
    assert Supplier.objects.count() == 86
    assert "kept" in capsys.readouterr().out


@pytest.mark.django_db
def test_demo_accounts_are_listed_in_demo_mode_only(settings, client):
    assert DEMO_ACCOUNTS[0].email not in client.get("/accounts/login/").text
    settings.DEMO = True
    page = client.get("/accounts/login/").text
    assert all(account.email in page for account in DEMO_ACCOUNTS)
