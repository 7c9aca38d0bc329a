from django.urls import path

from camp.mistakes import views

app_name = "mistakes"
urlpatterns = [path("mistakes/report/", views.report, name="report")]
