from catalog.forms.files import SheetFileForm
from catalog.forms.imports import ImportForm
from catalog.forms.naming import NamedSheetsForm
from catalog.forms.needs import NeedForm, PickForm
from catalog.forms.offers import NewOfferForm, StockForm, TermsForm
from catalog.forms.prices import SchedulePriceForm
from catalog.forms.production import ProductionForm
from catalog.forms.searches import AlertForm, SaveSearchForm
from catalog.forms.tables import StockRowForm


__all__ = [
    "AlertForm",
    "ImportForm",
    "NamedSheetsForm",
    "NeedForm",
    "NewOfferForm",
    "PickForm",
    "ProductionForm",
    "SaveSearchForm",
    "SchedulePriceForm",
    "SheetFileForm",
    "StockForm",
    "StockRowForm",
    "TermsForm",
]
