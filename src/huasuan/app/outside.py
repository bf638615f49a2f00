"""Signing in with an OpenID Connect provider: authorization code with PKCE (RFC 7636), by Authlib.

Heavy to import, so the HTTP service does so only where a provider is configured.
"""

from dataclasses import dataclass
from typing import Any

import httpx2
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from huasuan.app.calling_out import checked_transport
from huasuan.app.settings import Settings
from huasuan.kernel.addresses import Reach
from huasuan.kernel.errors import Broken, NotSignedIn
from huasuan.kernel.text import Text
from huasuan.people import OutsideIdentity

_SCOPE = "openid email profile"
_TIMEOUT_SECONDS = 10.0
_LEEWAY_SECONDS = 60
_TOKEN_LENGTH = 48
# Signed with a key of the provider's alone: "none" and shared secrets are not among them.
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A sign-in that has begun: where to send the browser, and what it has to bring back."""

    address: str
    state: str
    nonce: str
    verifier: str


class Provider:
    """The provider an installation is configured for."""

    def __init__(self, settings: Settings) -> None:
        secret = settings.oidc_client_secret
        # What it says of itself, its other addresses above all, is as foreign as any redirect.
        self._reach = Reach(settings.inner_hosts)
        self._issuer = settings.oidc_issuer or ""
        self._client_id = settings.oidc_client_id
        self._secret = None if secret is None else secret.get_secret_value()

    def begin(self, back: str) -> Way:
        """The way there; ``back`` is the address it leads back to.

        Raises
        ------
        Broken
            ``provider_unreachable``
        """
        nonce, verifier = generate_token(_TOKEN_LENGTH), generate_token(_TOKEN_LENGTH)
        with self._client(back) as client:
            found = self._described(client)
            address, state = client.create_authorization_url(
                found["authorization_endpoint"],
                code_verifier=verifier,
                nonce=nonce,
                state=generate_token(_TOKEN_LENGTH),
            )
        return Way(address=address, state=state, nonce=nonce, verifier=verifier)

    def finish(self, *, code: str, nonce: str, verifier: str, back: str) -> OutsideIdentity:
        """Who came back, as the provider signs it.

        Raises
        ------
        Broken
            ``provider_unreachable``
        NotSignedIn
            ``provider_refused``
        """
        with self._client(back) as client:
            found = self._described(client)
            try:
                token = client.fetch_token(found["token_endpoint"], code=code, code_verifier=verifier)
                keys = client.request("GET", found["jwks_uri"], withhold_token=True)
                keys.raise_for_status()
                claims = self._claims(token, keys.json(), nonce)
            except (OAuthError, JoseError, ValueError, KeyError, httpx2.HTTPStatusError) as error:
                raise _refused() from error
            except httpx2.HTTPError as error:
                raise _unreachable() from error
        # An address the provider has not verified could be anybody's.
        email = claims.get("email") if claims.get("email_verified") is True else None
        return OutsideIdentity(issuer=self._issuer, subject=claims["sub"], email=email)

    def _claims(self, token: dict[str, Any], keys: Any, nonce: str) -> dict[str, Any]:  # noqa: ANN401  JSON
        decoded = jwt.decode(token["id_token"], KeySet.import_key_set(keys), algorithms=list(_ALGORITHMS))
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            {
                "iss": {"essential": True, "value": self._issuer},
                "aud": {"essential": True, "value": self._client_id},
                "sub": {"essential": True},
                "exp": {"essential": True},
                "nonce": {"essential": True, "value": nonce},
            },
            {"nonce": nonce, "client_id": self._client_id, "access_token": token.get("access_token")},
        )
        claims.validate(leeway=_LEEWAY_SECONDS)
        return dict(claims)

    def _client(self, back: str) -> Any:  # noqa: ANN401  Authlib has no types
        return OAuth2Client(
            self._client_id,
            self._secret,
            scope=_SCOPE,
            redirect_uri=back,
            code_challenge_method="S256",
            timeout=_TIMEOUT_SECONDS,
            transport=checked_transport(self._reach),
            trust_env=False,
        )

    def _described(self, client: Any) -> dict[str, Any]:  # noqa: ANN401
        address = self._issuer.rstrip("/") + "/.well-known/openid-configuration"
        try:
            answer = client.request("GET", address, withhold_token=True)
            answer.raise_for_status()
            found: dict[str, Any] = answer.json()
        except (httpx2.HTTPError, ValueError) as error:
            raise _unreachable() from error
        if found.get("issuer") != self._issuer:
            raise _unreachable()
        return found


def _unreachable() -> Broken:
    return Broken(
        "provider_unreachable",
        Text(zh="身份提供方无法访问或配置不符", en="the identity provider cannot be reached or is another one"),
        Text(zh="请检查 HUASUAN_OIDC_ISSUER，或用密码登录。", en="Check HUASUAN_OIDC_ISSUER, or sign in by password."),
    )


def _refused() -> NotSignedIn:
    return NotSignedIn(
        "provider_refused",
        Text(zh="身份提供方未确认登录", en="the identity provider did not confirm the sign-in"),
        Text(zh="请重新登录。", en="Sign in once more."),
    )
