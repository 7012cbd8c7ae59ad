"""Addresses of the room."""

from django.urls import path

from lookups.identity import account_views, passkey_views, proof_views, recovery_views, views
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
    path("account/", account_views.account, name="account"),
    # Passkeys, factors, sessions.
    path("sign-in/passkey/", passkey_views.show_options, name="passkey_options"),
    path("sign-in/new-recovery-code/", account_views.new_recovery_code, name="new_recovery_code"),
    path("enrol/passkey/", passkey_views.enrol_passkey, name="enrol_passkey"),
    path("enrol/passkey/options/", passkey_views.enrol_options, name="enrol_passkey_options"),
    path("account/passkey/", passkey_views.add_passkey, name="add_passkey"),
    path("account/passkey/options/", passkey_views.add_options, name="add_passkey_options"),
    path("account/authenticator/", account_views.add_authenticator, name="add_authenticator"),
    path("account/factors/<uuid:factor_id>/remove/", account_views.remove_factor, name="remove_factor"),
    path("account/password/", account_views.change_password, name="change_password"),
    path("account/recovery-codes/", account_views.recovery_codes, name="recovery_codes"),
    path("account/sessions/<uuid:session_id>/end/", account_views.end_session, name="end_session"),
    path("account/sessions/end/", account_views.end_other_sessions, name="end_other_sessions"),
    path("account/stay/", passkey_views.stay, name="stay"),
    # Letters, recovery, notices
    path("enrol/letter/", proof_views.ask_for_letter, name="ask_for_letter"),
    path("enrol/second-factor/", recovery_views.keep_factor, name="keep_factor"),
    path("enrol/second-factor/passkey/", passkey_views.keep_factor_options, name="keep_factor_options"),
    path("enrol/waiting/", recovery_views.recovered, name="recovered"),
    path("sign-in/forgotten/", recovery_views.forgotten, name="forgotten"),
    path("account/documents/add/", proof_views.add_document, name="add_document"),
    path("account/addresses/", proof_views.notice_addresses, name="notice_addresses"),
    path("account/addresses/<str:token>/", recovery_views.confirm_address, name="confirm_address"),
    path("account/freeze/<str:token>/", recovery_views.freeze, name="freeze"),
    # The national eID
    path("enrol/eid/", eid.start, name="eid_start"),
    path("enrol/eid/callback/", eid.callback, name="eid_callback"),
    path("account/documents/eid/", eid.add_document, name="eid_add_document"),
]
