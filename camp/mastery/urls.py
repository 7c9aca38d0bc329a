from django.urls import path

from camp.mastery import views

app_name = "mastery"
urlpatterns = [
    path("reviews/", views.reviews, name="reviews"),
    path("reviews/<uuid:review_id>/", views.review, name="review"),
]
