from catalog.forms.needs import NeedForm, PickForm
from catalog.forms.offers import NewOfferForm, StockForm, TermsForm
from catalog.forms.tables import StockRowForm


__all__ = ["NeedForm", "NewOfferForm", "PickForm", "StockForm", "StockRowForm", "TermsForm"]
