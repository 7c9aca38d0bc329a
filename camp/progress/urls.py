from django.urls import path

from camp.progress import views

app_name = "progress"
urlpatterns = [
    path("camp/", views.course_map, name="map"),
    path("progress/", views.progress, name="progress"),
    path("progress/here/", views.here, name="here"),
]
