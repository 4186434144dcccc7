"""An OpenID provider in the tests' own process."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "kith", "client-secret-of-kith"


class Provider:
    """What it says of the one who signs in, and what it can be made to say wrongly."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.signs_with: Any = self.key
        self.calls_itself = issuer
        self.user: dict[str, Any] = {"sub": "17", "preferred_username": "alice"}
        self.claims: dict[str, Any] = {}
        self.algorithm = "RS256"
        self._asked: dict[str, str] = {}

    def sign_in(self, address: str) -> dict[str, str]:
        """Take somebody who was sent to an address; return the parameters of the way back."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert query["client_id"] == CLIENT
        assert query["code_challenge_method"] == "S256"
        self._asked = query
        return {"code": "code-of-alice", "state": query["state"]}

    def tokens(self, sent: dict[str, str]) -> dict[str, Any] | None:
        """Return tokens for a code, if all is as it was asked for."""
        digest = sha256(sent.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (sent.get("code"), challenge) != ("code-of-alice", self._asked["code_challenge"]):
            return None
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 60,
            "nonce": self._asked["nonce"], "sub": self.user["sub"],
        } | self.claims  # fmt: skip
        key: Any = self.signs_with if self.algorithm != "none" else None
        token = jwt.encode(claims, key, algorithm=self.algorithm, headers={"kid": "one"})
        return {"access_token": "access", "token_type": "Bearer", "id_token": token}

    def answer(self, path: str) -> dict[str, Any]:
        """Return what lies at an address."""
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        places: dict[str, dict[str, Any]] = {
            "/.well-known/openid-configuration": {
                "issuer": self.calls_itself,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "jwks_uri": f"{self.issuer}/keys",
            },
            "/keys": {"keys": [public | {"kid": "one", "alg": "RS256", "use": "sig"}]},
            "/userinfo": self.user,
        }
        return places[path]


@contextmanager
def running_provider() -> Iterator[Provider]:
    """Serve a provider."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(provider.answer(self.path))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            sent = {name: values[0] for name, values in parse_qs(body).items()}
            self._send(provider.tokens(sent) or {"error": "invalid_grant"})

        def _send(self, what: dict[str, Any]) -> None:
            content = json.dumps(what).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider = Provider(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield provider
    server.shutdown()
    server.server_close()
