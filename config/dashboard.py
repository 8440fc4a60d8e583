"""The dashboard: the stock admin under our name, limited to the chosen site."""

from django.contrib.admin import AdminSite


class DashboardSite(AdminSite):
    """The merchant's dashboard."""

    site_header = "Keeptab"
    site_title = "Keeptab"
