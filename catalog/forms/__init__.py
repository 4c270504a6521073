from catalog.forms.needs import NeedForm, PickForm
from catalog.forms.offers import NewOfferForm, StockForm, TermsForm
from catalog.forms.searches import AlertForm, SaveSearchForm
from catalog.forms.tables import StockRowForm


__all__ = [
    "AlertForm",
    "NeedForm",
    "NewOfferForm",
    "PickForm",
    "SaveSearchForm",
    "StockForm",
    "StockRowForm",
    "TermsForm",
]
