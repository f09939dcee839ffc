"""Who is calling: OIDC bearer tokens, verified against the issuer's keys. What a role may do stands in the record files.

The embedded issuer serves demo and tests under `https://demo.invalid`, which every production start refuses.
"""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from shared.record import ROLES, Refused

log = structlog.get_logger()
DEMO_ISSUER = "https://demo.invalid"
ALGORITHMS = ["RS256", "ES256", "EdDSA"]
LEEWAY, LIFETIME, DEMO_LIFETIME = 30, 600, 8 * 3600  # seconds
KEYS_FRESH, KEYS_RETRY, KEYS_STALE = 600, 60, 24 * 3600
REMEMBERED = 60  # seconds a verified token is not verified again: revocation takes effect within this time
TOKEN_MAX = 8192


class Unauthenticated(Refused):
    status = 401

    def __init__(self) -> None:
        super().__init__("unauthenticated", "the bearer token was not accepted", "身份令牌无效或已过期")


@dataclass(frozen=True)
class Identity:
    """What a token says: a role, the organisation it is held for, and its district (`XX`: the whole area)."""

    subject: str
    role: str
    organisation: str
    district: str = ""


PUBLIC = Identity("public", "PUBLIC", "")


@dataclass
class Verifier:
    """Tokens of one issuer. Keys come from its published set: cached, refreshed on an unknown key at most once a
    minute, and used for a day when the issuer is away. `keys` is given directly for the embedded issuer."""

    issuer: str
    audience: str
    lifetime: int = LIFETIME
    keys: KeySet | None = None
    _fetched: float = -1e9
    _tried: float = -1e9
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _known: dict[str, tuple[Identity, float]] = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)

    async def identify(self, header: str | None) -> Identity:
        """The caller; nobody without a token. Raises: Unauthenticated, always of the same shape."""
        if not header:
            return PUBLIC
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not 0 < len(token) <= TOKEN_MAX or not token.isascii():
            raise Unauthenticated
        known = self._known.get(token)
        if known and known[1] > time.time():
            return known[0]
        identity, expires = await self._verify(token)
        if len(self._known) > 10_000:
            self._known.clear()
        self._known[token] = (identity, min(time.time() + REMEMBERED, expires))
        return identity

    async def _verify(self, token: str) -> tuple[Identity, float]:
        try:
            return self._read(token, await self._keys())
        except (JoseError, ValueError, TypeError, KeyError):
            if self._fetched < 0 or time.monotonic() - self._tried < KEYS_RETRY:
                raise Unauthenticated from None
        try:
            return self._read(token, await self._keys(force=True))
        except (JoseError, ValueError, TypeError, KeyError):
            raise Unauthenticated from None

    def _read(self, token: str, keys: KeySet) -> tuple[Identity, float]:
        decoded = jwt.decode(token, keys, algorithms=ALGORITHMS)
        claims, now = decoded.claims, time.time()
        jwt.JWTClaimsRegistry(
            now=int(now), leeway=LEEWAY, iss={"essential": True, "value": self.issuer}, aud={"essential": True, "value": self.audience},
            exp={"essential": True}, iat={"essential": True}, sub={"essential": True},
        ).validate(claims)  # fmt: skip
        if (
            str(decoded.header.get("typ", "")).lower().removeprefix("application/") != "at+jwt"
            or claims["exp"] - claims["iat"] > self.lifetime + LEEWAY
        ):
            raise ValueError("not a short-lived access token")
        role, subject = claims["role"], str(claims["sub"])
        if role not in ROLES or role in ("CLOCK", "PLATFORM", "PUBLIC") or claims.get("jti") in self.revoked or subject in self.revoked:
            raise ValueError("no role of ours")
        return Identity(subject, role, str(claims.get("organisation", "")), str(claims.get("district", ""))), float(claims["exp"])

    async def _keys(self, force: bool = False) -> KeySet:
        age = time.monotonic() - self._fetched
        if self.keys and (age < KEYS_FRESH or self._fetched == -1e9) and not force:
            return self.keys
        async with self._lock:
            if time.monotonic() - self._tried >= KEYS_RETRY or (not self.keys and time.monotonic() - self._tried > 1):
                self._tried = time.monotonic()
                import httpx  # a tenth of a second of every start, and the embedded issuer never needs it

                try:
                    async with httpx.AsyncClient(timeout=5, follow_redirects=False) as client:
                        about = (await client.get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")).raise_for_status().json()
                        self.keys = KeySet.import_key_set((await client.get(about["jwks_uri"])).raise_for_status().json())
                    self._fetched = time.monotonic()
                except (httpx.HTTPError, ValueError, KeyError, JoseError) as error:
                    log.warning("issuer's keys could not be read", reason=type(error).__name__)
            if not self.keys or (self._fetched > 0 and time.monotonic() - self._fetched > KEYS_STALE):
                raise IdentityAway
            return self.keys


class IdentityAway(Refused):
    """The identity provider cannot be asked and no keys are known: come back."""

    status = 503

    def __init__(self) -> None:
        super().__init__("identity_unavailable", "the identity provider cannot be reached; try again", "身份认证服务暂不可用，请稍后再试")


class Issuer:
    """The embedded issuer of demo and tests: a key of its own at every start, access tokens as RFC 9068 says."""

    def __init__(self, audience: str = "guildhall", lifetime: int = DEMO_LIFETIME) -> None:
        self.key, self.audience, self.lifetime = (
            ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True),
            audience,
            lifetime,
        )

    def token(self, role: str, organisation: str = "", district: str = "", **claims: Any) -> str:
        now = int(time.time())
        body = {"iss": DEMO_ISSUER, "aud": self.audience, "sub": f"{role}/{organisation or district or 'demo'}".lower(), "iat": now, "nbf": now,
                "exp": now + self.lifetime, "role": role, "organisation": organisation, "district": district}  # fmt: skip
        return jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": self.key.kid}, body | claims, self.key)

    def verifier(self) -> Verifier:
        return Verifier(DEMO_ISSUER, self.audience, self.lifetime, KeySet([self.key]))
