"""Addresses of the jobs pages."""

from django.urls import path

from project.jobs import views

app_name = "jobs"
urlpatterns = [
    path("", views.job_list, name="list"),
    path("<int:job>/", views.job_page, name="job"),
]
