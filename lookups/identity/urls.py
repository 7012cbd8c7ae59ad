"""Addresses of the room."""

from django.urls import path

from lookups.identity import views
from lookups.identity.eid import views as eid

app_name = "identity"

urlpatterns = [
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-in/staff/", views.sign_in_staff, name="sign_in_staff"),
    path("sign-in/code/", views.sign_in_code, name="sign_in_code"),
    path("sign-in/again/", views.sign_in_again, name="sign_in_again"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("enrol/", views.enrol, name="enrol"),
    path("enrol/staff/", views.enrol_staff, name="enrol_staff"),
    path("enrol/password/", views.enrol_password, name="enrol_password"),
    path("enrol/authenticator/", views.enrol_authenticator, name="enrol_authenticator"),
    path("enrol/recovery-codes/", views.enrol_recovery_codes, name="enrol_recovery_codes"),
    path("account/", views.account, name="account"),
    path("enrol/eid/", eid.start, name="eid_start"),
    path("enrol/eid/callback/", eid.callback, name="eid_callback"),
    path("account/documents/eid/", eid.add_document, name="eid_add_document"),
]
