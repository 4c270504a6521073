from django.urls import path

from catalog.views import (
    certificates,
    exports,
    imports,
    places,
    prices,
    production,
    public,
    searches,
    sheet_files,
    sheets,
    stock_table,
    supplier,
)


app_name = "catalog"
urlpatterns = [
    path("catalogue/", public.search, name="search"),
    path("catalogue/map/", places.supply_map, name="map"),
    path("catalogue/searches/", searches.searches, name="searches"),
    path("catalogue/searches/save/", searches.save, name="save_search"),
    path("catalogue/searches/<uuid:public_id>/open/", searches.open_search, name="open_search"),
    path("catalogue/searches/<uuid:public_id>/alerts/", searches.set_alerts, name="set_alerts"),
    path("catalogue/searches/<uuid:public_id>/delete/", searches.delete, name="delete_search"),
    path("catalogue/export/<slug:file_format>/", exports.sheets, name="export_sheets"),
    path("catalogue/files/<uuid:public_id>/", sheet_files.sheet_file, name="sheet_file"),
    path("catalogue/<slug:slug>/", public.product, name="product"),
    path("sheets/", sheets.sheets, name="sheets"),
    path("sheets/new/", sheets.new_sheet, name="new_sheet"),
    path("sheets/new/<slug:category>/", sheets.describe_sheet, name="describe_sheet"),
    path("sheets/<slug:slug>/", sheets.sheet, name="sheet"),
    path("sheets/<slug:slug>/files/", sheet_files.sheet_files, name="sheet_files"),
    path(
        "certificates/<uuid:public_id>/products/", certificates.sheets, name="certificate_sheets"
    ),
    path("offers/", supplier.offers, name="offers"),
    path("offers/export/<slug:file_format>/", exports.offers, name="export_offers"),
    path(
        "offers/movements/export/<slug:file_format>/", exports.movements, name="export_movements"
    ),
    path("offers/new/", supplier.new_offer, name="new_offer"),
    path("offers/stock/", stock_table.stock_table, name="stock_table"),
    path("offers/stock/confirm/", stock_table.confirm_stock, name="confirm_stock"),
    path("offers/import/", imports.new_import, name="new_import"),
    path("offers/import/template/<str:kind>/", imports.template, name="import_template"),
    path("offers/import/<uuid:public_id>/", imports.show, name="import"),
    path("offers/import/<uuid:public_id>/apply/", imports.apply, name="apply_import"),
    path("offers/import/<uuid:public_id>/discard/", imports.discard, name="discard_import"),
    path("offers/import/<uuid:public_id>/errors/", imports.errors, name="import_errors"),
    path("offers/<uuid:public_id>/", supplier.offer, name="offer"),
    path("offers/<uuid:public_id>/publish/", supplier.publish, name="publish"),
    path("offers/<uuid:public_id>/withdraw/", supplier.withdraw, name="withdraw"),
    path("offers/<uuid:public_id>/prices/", prices.schedule, name="schedule_price"),
    path("offers/<uuid:public_id>/production/", production.plan, name="plan_production"),
    path("offers/prices/<uuid:public_id>/cancel/", prices.cancel, name="cancel_price"),
    path("offers/<uuid:public_id>/stock/", supplier.declare_stock, name="declare_stock"),
]
