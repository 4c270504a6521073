from django.urls import path

from suppliers import views


app_name = "suppliers"
urlpatterns = [
    path("new/", views.new, name="new"),
    path("file/", views.file, name="file"),
    path("file/edit/", views.edit, name="edit"),
    path("documents/add/", views.add_document, name="add_document"),
    path("documents/<uuid:public_id>/", views.document, name="document"),
    path("documents/<uuid:public_id>/remove/", views.remove_document, name="remove_document"),
    path("certificates/add/", views.add_certificate, name="add_certificate"),
    path(
        "certificates/<uuid:public_id>/correct/",
        views.correct_certificate,
        name="correct_certificate",
    ),
    path("attest/<slug:code>/", views.attest, name="attest"),
    path("submit/", views.submit, name="submit"),
]
