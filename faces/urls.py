"""Addresses of the face pages."""

from django.urls import path

from faces import views

app_name = "faces"
urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("faces/<int:face>/similar/", views.similar, name="similar"),
    path("people/", views.people, name="people"),
    path("people/<int:pk>/", views.person, name="person"),
    path("engines/", views.engines, name="engines"),
    path("train/", views.train_now, name="train-now"),
    path("questions/", views.questions, name="questions"),
    path("search/", views.search, name="search"),
    path("history/", views.history, name="history"),
    path("evaluation/", views.evaluation, name="evaluation"),
]
