from django.urls import path

from camp.courses import views

app_name = "courses"
urlpatterns = [
    path("<slug:module>/", views.module, name="module"),
    path("<slug:module>/<slug:lesson>/", views.lesson, name="lesson"),
    path("<slug:module>/<slug:lesson>/done/", views.done, name="done"),
    path("<slug:module>/<slug:lesson>/place/", views.place, name="place"),
]
