from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ConfigConfig(AppConfig):
    name = "config"


class DashboardConfig(AdminConfig):
    default_site = "config.dashboard.DashboardSite"
