"""Where the editors are, beside the record pages."""

from __future__ import annotations

from django.contrib.admin import AdminSite
from django.urls import URLPattern, path

from .views import GroupRightsView, UserRightsView


def admin_urls(site: AdminSite) -> list[URLPattern]:
    """Both editors, behind the site's own sign-in."""
    return [
        path(
            f"district/{view.holder_class.model._meta.model_name}/<str:object_id>/tool-rights/",
            site.admin_view(view.as_view()),
            name=f"district_{view.holder_class.model._meta.model_name}_tool_rights",
        )
        for view in (UserRightsView, GroupRightsView)
    ]
