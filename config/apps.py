from django.apps import AppConfig
from django.contrib.admin.apps import SimpleAdminConfig


class ConfigConfig(AppConfig):
    name = "config"


class DashboardConfig(SimpleAdminConfig):
    # Simple: what a library registers by itself would be outside of any site's scope.
    default_site = "config.dashboard.DashboardSite"
