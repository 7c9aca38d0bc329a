from django.urls import path

from camp.certificates import views

app_name = "certificates"
urlpatterns = [
    path("certificates/", views.own, name="own"),
    path("certificates/<slug:code>/", views.certificate, name="certificate"),
    path("certificates/<slug:code>/certificate.pdf", views.pdf, name="pdf"),
    path("certificates/<slug:code>/withdraw/", views.withdraw, name="withdraw"),
]
