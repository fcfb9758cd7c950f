"""The tokens that are given out at sign-in: signed by us, for some hours."""

from datetime import timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from service.api.office import Office
from service.errors import NotSignedIn

ISSUER = "dixian"
ALGORITHM = "HS256"


def issue_token(office: Office, person_id: UUID) -> str:
    """Return a signed token for a person, for the hours that the settings allow."""
    now = office.clock.now()
    until = now + timedelta(hours=office.settings.token_hours)
    claims = {
        "iss": ISSUER,
        "aud": ISSUER,
        "sub": str(person_id),
        "iat": int(now.timestamp()),
        "exp": int(until.timestamp()),
    }
    return jwt.encode({"alg": ALGORITHM, "typ": "JWT"}, claims, office.token_key)


def person_of_token(office: Office, token: str) -> UUID:
    """Return whose token it is. Raises `NotSignedIn` for any that is not whole and current."""
    rules = jwt.JWTClaimsRegistry(
        now=lambda: int(office.clock.now().timestamp()),
        iss={"essential": True, "value": ISSUER},
        aud={"essential": True, "value": ISSUER},
        exp={"essential": True},
        sub={"essential": True},
    )
    try:
        claims = _signed_claims(token, office.token_key.raw_value)
        rules.validate(claims)
        return UUID(claims["sub"])
    except (JoseError, ValueError, TypeError) as problem:
        raise NotSignedIn from problem


@lru_cache(maxsize=1024)
def _signed_claims(token: str, key: bytes) -> dict[str, Any]:
    """Return what a token claims, if we signed it: that alone is remembered, not that it holds."""
    return jwt.decode(token, OctKey.import_key(key), algorithms=[ALGORITHM]).claims
