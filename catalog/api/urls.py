from catalog.api import (
    certificates,
    imports,
    offers,
    prices,
    proposals,
    searches,
    sheet_files,
    views,
)


def register(router):
    router.register("categories", views.CategoryViewSet, basename="category")
    router.register("sheets", proposals.SheetViewSet, basename="sheet")
    router.register("products", views.ProductViewSet, basename="product")
    router.register("offers", offers.OfferViewSet, basename="offer")
    router.register("imports", imports.ImportViewSet, basename="import")
    router.register("stock-movements", offers.StockMovementViewSet, basename="stock-movement")
    router.register("saved-searches", searches.SavedSearchViewSet, basename="saved-search")
    router.register("scheduled-prices", prices.ScheduledPriceViewSet, basename="scheduled-price")
    router.register("price-changes", prices.PriceChangeViewSet, basename="price-change")
    router.register("sheet-files", sheet_files.SheetFileViewSet, basename="sheet-file")
    router.register("certificates", certificates.CertificateViewSet, basename="certificate")
