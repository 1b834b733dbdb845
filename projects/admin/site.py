from django.contrib import admin


class LedgerAdminSite(admin.AdminSite):
    site_header = "成资同城化合作台账"
