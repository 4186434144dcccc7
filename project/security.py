"""What keeps the doors shut: cookies, TLS, proxies, the policy of the pages. Part of settings."""

from datetime import timedelta

from csp.constants import NONE, SELF

from project.environment.checking import check_environment
from project.environment.variables import env

check_environment()  # the first of all settings: what follows relies on it

# Whether browsers reach Kith by TLS, which a proxy brings: see docs/operations.md.
HTTPS = env("KITH_HTTPS")
TRUSTED_PROXIES = env("KITH_TRUSTED_PROXIES")
CSRF_TRUSTED_ORIGINS = env("KITH_TRUSTED_ORIGINS")

SESSION_COOKIE_AGE = int(timedelta(days=14).total_seconds())
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
# Monitors ask from inside, without TLS.
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$"]
# Proxies that are not trusted have lost the header by then: project.addresses.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
# To be on the lists of browsers is for those to say who own the name.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "media-src": [SELF, "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
# By name and address together: nobody can lock out somebody else from afar.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = env("KITH_SIGN_IN_TRIES")
AXES_COOLOFF_TIME = timedelta(minutes=env("KITH_SIGN_IN_LOCK_MINUTES"))
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "project.accounts.passwords.locked_out"
AXES_USERNAME_CALLABLE = "project.accounts.passwords.tried_name"
AXES_CLIENT_IP_CALLABLE = "project.addresses.client_address"
AXES_DISABLE_ACCESS_LOG = True  # the audit log has it
AXES_VERBOSE = False

# Requests a minute of one user to the API, pictures not counted; 0 for any number.
API_RATE = env("KITH_API_RATE")

# Signing in at an OpenID provider, where one is named.
OIDC_ISSUER = env("KITH_OIDC_ISSUER")
OIDC_NAME = env("KITH_OIDC_NAME")
OIDC_CREATES_USERS = env("KITH_OIDC_CREATES_USERS")
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": "oidc",
                "name": OIDC_NAME,
                "client_id": env("KITH_OIDC_CLIENT_ID"),
                "secret": env("KITH_OIDC_CLIENT_SECRET"),
                "settings": {
                    "server_url": OIDC_ISSUER,
                    "oauth_pkce_enabled": True,
                    "uid_field": "uid",
                },
            }
        ]
    }
}
ACCOUNT_ADAPTER = "project.accounts.oidc.Quiet"
SOCIALACCOUNT_ADAPTER = "project.accounts.oidc.Guard"
ACCOUNT_EMAIL_VERIFICATION = "none"
