"""The account's own pages, and allauth's beneath the same address."""

from django.urls import include, path

from camp.accounts import views

urlpatterns = [
    path("", views.account, name="account"),
    path("time-zone/", views.time_zone, name="account_time_zone"),
    path("sessions/", views.sessions, name="account_sessions"),
    path("tokens/", views.tokens, name="account_tokens"),
    path("tokens/<str:token_id>/revoke/", views.token_revoke, name="account_token_revoke"),
    path("export/", views.export, name="account_export"),
    path("erase/", views.erase, name="account_erase"),
    path("2fa/totp/activate/", views.activate_totp, name="mfa_activate_totp"),
    path("2fa/", include("allauth.mfa.urls")),
    path("", include("allauth.account.urls")),
]
