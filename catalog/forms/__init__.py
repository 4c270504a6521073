from catalog.forms.needs import NeedForm, PickForm
from catalog.forms.offers import NewOfferForm, StockForm, TermsForm


__all__ = ["NeedForm", "NewOfferForm", "PickForm", "StockForm", "TermsForm"]
