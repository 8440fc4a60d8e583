"""The portal's paths, below `/portal/`."""

from django.urls import path

from portal.views import front

app_name = "portal"
urlpatterns = [
    path("<slug:slug>", front.front, name="front"),
    path("<slug:slug>/brand.css", front.brand, name="brand"),
    path("<slug:slug>/logo/<str:name>", front.logo, name="logo"),
]
