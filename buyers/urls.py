from django.urls import path

from buyers import views


app_name = "buyers"
urlpatterns = [
    path("new/", views.new, name="new"),
    path("file/", views.file, name="file"),
    path("file/edit/", views.edit, name="edit"),
    path("sites/", views.sites, name="sites"),
    path("sites/add/", views.add_site, name="add_site"),
    path("sites/<uuid:public_id>/", views.edit_site, name="edit_site"),
    path("members/", views.members, name="members"),
    path("members/<int:pk>/remove/", views.remove_member, name="remove_member"),
    path("submit/", views.submit, name="submit"),
]
