from django.urls import path

from camp.gain import views

app_name = "gain"
urlpatterns = [path("tests/<slug:sitting>/", views.start, name="start")]
