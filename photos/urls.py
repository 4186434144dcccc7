"""Addresses of the photo pages."""

from django.urls import path

from photos import views

app_name = "photos"
urlpatterns = [
    path("settings/", views.settings_page, name="settings"),
    path("settings/values/", views.change_settings, name="change-settings"),
    path("settings/rescan/", views.rescan_now, name="rescan-now"),
    path("world/", views.choose, name="world"),
    path("photos/", views.timeline, name="timeline"),
    path("photos/<int:photo>/", views.photo_page, name="photo"),
]
