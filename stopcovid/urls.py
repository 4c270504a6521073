from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import SimpleRouter

import buyers.api.urls
import catalog.api.urls
import journal.api.urls
import orders.api.urls
import suppliers.api.urls
from stopcovid import account_pages, gallery, views
from stopcovid.api_docs import ApiDocs
from stopcovid.demo import mail_pages


router = SimpleRouter()
for endpoints in (journal, suppliers, buyers, catalog, orders):
    endpoints.api.urls.register(router)

account_patterns = [
    path("", account_pages.account, name="account"),
    path("keys/", account_pages.api_keys, name="keys"),
    path("keys/issue/", account_pages.issue_key, name="issue_key"),
    path("keys/revoke/", account_pages.revoke_key, name="revoke_key"),
]
demo_patterns = [
    path("mail/", mail_pages.mails, name="demo_mails"),
    path("mail/<str:key>/", mail_pages.mail, name="demo_mail"),
]
api_patterns = [
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", ApiDocs.as_view(), name="api-docs"),
]

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("accounts/", include("allauth.urls")),
    path("account/", include(account_patterns)),
    path("organisation/", account_pages.organisation, name="organisation"),
    path("i18n/setlang/", login_not_required(set_language), name="set_language"),
    path("gallery/", gallery.gallery, name="gallery"),
    path("demo/", include(demo_patterns)),
    path("admin/", admin.site.urls),
    path("api/v1/", include(api_patterns)),
    path("api/v1/", include((router.urls, "api"))),
    path("supplier/", include("suppliers.urls")),
    path("buyer/", include("buyers.urls")),
    path("", include("journal.urls")),
    path("", include("catalog.urls")),
    path("", include("orders.urls")),
]
