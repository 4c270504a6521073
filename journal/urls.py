from django.urls import path

from journal import views


app_name = "journal"

urlpatterns = [
    path("inbox/", views.inbox, name="inbox"),
    path("inbox/read/", views.read_all, name="read_all"),
    path("inbox/<int:pk>/", views.open_item, name="open"),
]
