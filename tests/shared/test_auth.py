"""Real OIDC: keys read from a published set over HTTP, rotated, and kept when the issuer is away."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from shared import auth
from shared.auth import IdentityAway, Issuer, Unauthenticated, Verifier


class Provider:
    """An identity provider on loopback: discovery, key set, rotation, and a switch to be away."""

    def __init__(self) -> None:
        self.keys, self.away, self.asked = [self.new_key()], False, 0

    def new_key(self) -> ECKey:
        return ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)

    def token(self, key: ECKey | None = None, **claims: Any) -> str:
        key, now = key or self.keys[-1], int(time.time())
        body = {
            "iss": self.issuer,
            "aud": "guildhall",
            "sub": "u1",
            "iat": now,
            "exp": now + 600,
            "role": "SO_ADMIN",
            "organisation": "dept:so-admin",
        }
        return jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": key.kid}, body | claims, key)

    async def about(self, _: Any) -> JSONResponse:
        return JSONResponse({"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys"}, 503 if self.away else 200)

    async def published(self, _: Any) -> JSONResponse:
        self.asked += 1
        return JSONResponse({"keys": [k.as_dict(private=False) for k in self.keys]}, 503 if self.away else 200)

    @property
    def app(self) -> Starlette:
        return Starlette(routes=[Route("/.well-known/openid-configuration", self.about), Route("/keys", self.published)])


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    one = Provider()
    server = uvicorn.Server(uvicorn.Config(one.app, port=0, log_config=None))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    one.issuer = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield one
    server.should_exit = True
    await task


async def test_a_token_of_the_provider_says_who_is_calling(provider: Provider) -> None:
    verifier = Verifier(provider.issuer, "guildhall")
    who = await verifier.identify(f"Bearer {provider.token()}")
    assert (who.role, who.organisation, who.subject) == ("SO_ADMIN", "dept:so-admin", "u1")
    assert (await verifier.identify(None)).role == "PUBLIC"


async def test_keys_are_read_once_and_again_when_an_unknown_one_signs(provider: Provider) -> None:
    verifier = Verifier(provider.issuer, "guildhall")
    for n in range(5):
        await verifier.identify(f"Bearer {provider.token(jti=str(n))}")
    assert provider.asked == 1
    provider.keys.append(provider.new_key())
    verifier._tried -= auth.KEYS_RETRY + 1
    await verifier.identify(f"Bearer {provider.token()}")
    assert provider.asked == 2


async def test_a_flood_of_unknown_keys_asks_at_most_once_a_minute(provider: Provider) -> None:
    verifier = Verifier(provider.issuer, "guildhall")
    await verifier.identify(f"Bearer {provider.token()}")
    for n in range(10):
        with pytest.raises(Unauthenticated):
            await verifier.identify(f"Bearer {provider.token(provider.new_key(), jti=str(n))}")
    assert provider.asked <= 2


async def test_known_keys_serve_on_while_the_provider_is_away_but_not_for_ever(provider: Provider) -> None:
    verifier = Verifier(provider.issuer, "guildhall")
    await verifier.identify(f"Bearer {provider.token()}")
    provider.away = True
    verifier._fetched -= auth.KEYS_FRESH + 1
    verifier._tried -= auth.KEYS_RETRY + 1
    assert (await verifier.identify(f"Bearer {provider.token(jti='2')}")).role == "SO_ADMIN"
    verifier._fetched = 1e-9
    verifier._tried -= auth.KEYS_RETRY + 1
    auth_stale, auth.KEYS_STALE = auth.KEYS_STALE, 0
    try:
        with pytest.raises(IdentityAway):
            await verifier.identify(f"Bearer {provider.token(jti='3')}")
    finally:
        auth.KEYS_STALE = auth_stale


async def test_without_any_key_the_answer_is_come_back(provider: Provider) -> None:
    provider.away = True
    with pytest.raises(IdentityAway):
        await Verifier(provider.issuer, "guildhall").identify(f"Bearer {provider.token()}")


async def test_a_revoked_token_is_refused(provider: Provider) -> None:
    verifier = Verifier(provider.issuer, "guildhall")
    verifier.revoked.add("gone")
    with pytest.raises(Unauthenticated):
        await verifier.identify(f"Bearer {provider.token(jti='gone')}")


async def test_tokens_of_the_demo_live_eight_hours_and_only_where_they_are_known(provider: Provider) -> None:
    issuer = Issuer()
    who = await issuer.verifier().identify(f"Bearer {issuer.token('NEW_CITY', 'dept:XX-KG', 'XX-KG')}")
    assert (who.role, who.district) == ("NEW_CITY", "XX-KG")
    with pytest.raises(Unauthenticated):
        await Verifier(provider.issuer, "guildhall").identify(f"Bearer {issuer.token('OPERATOR')}")
    with pytest.raises(Unauthenticated):
        await Issuer().verifier().identify(f"Bearer {issuer.token('OPERATOR')}")
