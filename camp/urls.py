"""Addresses. Pages have no language in theirs: the language is the visitor's, kept in a cookie."""

from django.contrib import admin
from django.urls import include, path, re_path
from django.views.i18n import set_language

from camp import appearance, errors, health, metrics
from camp.api import reference
from camp.courses import errata_views
from camp.courses.glossary_page import glossary

urlpatterns = [
    path("", include("camp.lab.urls")),
    path("", include("camp.mastery.urls")),
    path("", include("camp.gain.urls")),
    path("", include("camp.progress.urls")),
    path("", include("camp.certificates.urls")),
    path("", include("camp.quizzes.urls")),
    path("", include("camp.search.urls")),
    path("", include("camp.mistakes.urls")),
    path("camp/", include("camp.courses.urls")),
    path("errata/", errata_views.page, name="errata"),
    path("glossary/", glossary, name="glossary"),
    path("account/", include("camp.accounts.urls")),
    path("language/", set_language, name="set_language"),
    path("theme/", appearance.set_theme, name="set_theme"),
    path("admin/", admin.site.urls),
    path("api/v1/", include("camp.api.urls")),
    path("api/schema/", reference.schema_json, name="api_schema"),
    path("api/docs/", reference.docs, name="api_docs"),
    path("api/docs/guide/", reference.guide, name="api_guide"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    re_path(r"^api/", errors.not_found),
]
handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.not_found
handler429 = errors.too_many_requests
handler500 = errors.server_error
