"""Every address is the app's; so are the pages for what goes wrong."""

from django.urls import include, path

urlpatterns = [path("", include("projects.urls"))]

handler400 = "projects.views.errors.bad_request"
handler403 = "projects.views.errors.forbidden"
handler404 = "projects.views.errors.not_found"
handler500 = "projects.views.errors.server_error"
