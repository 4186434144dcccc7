"""Tokens in the OpenAPI schema."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension

from project.accounts.authentication import TokenAuthentication


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How a device signs in."""

    target_class = TokenAuthentication
    name = "deviceToken"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """Describe it."""
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A device's token, from POST /api/tokens/.",
        }


class PasswordScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Name and password, for a token alone."""

    target_class = "project.accounts.passwords.PasswordAuthentication"
    name = "password"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """Describe it."""
        return {"type": "http", "scheme": "basic"}
