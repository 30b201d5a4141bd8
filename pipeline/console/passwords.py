"""The two factors of a person: a password (argon2id) and a time-based one-time code (RFC 6238)."""

import hmac
from functools import cache

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

__all__ = [
    "LEAST_PASSWORD", "authenticator_uri", "code_step", "hash_password", "new_totp_secret",
    "password_matches",
]  # fmt: skip

LEAST_PASSWORD = 12
"""Characters of a password; beside a second factor, NIST SP 800-63B asks for 8."""

_STEP_SECONDS = 30
_hasher = PasswordHasher()  # argon2id as in RFC 9106, 4: the low-memory choice


def hash_password(password: str) -> str:
    """The argon2id hash of `password`, salted; takes tens of milliseconds."""
    return _hasher.hash(password)


def password_matches(password: str, password_hash: str | None) -> bool:
    """Whether it is the password; takes as long when there is no such person (None)."""
    try:
        return _hasher.verify(password_hash or _nobody(), password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def new_totp_secret() -> str:
    """A secret of 160 random bits in base32, as authenticator apps take it."""
    return pyotp.random_base32()


def authenticator_uri(name: str, secret: str) -> str:
    """The `otpauth:` address that an authenticator app reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="Gatepost")


def code_step(secret: str, code: str, at: float) -> int | None:
    """The time step to which `code` belongs at `at` (seconds since 1970), give or take one step.

    None when the code is wrong.
    """
    digits = "".join(code.split())
    if not digits.isascii() or not digits.isdigit():
        return None
    totp = pyotp.TOTP(secret, interval=_STEP_SECONDS)
    now = int(at) // _STEP_SECONDS
    steps = (now, now - 1, now + 1)
    return next(
        (step for step in steps if hmac.compare_digest(totp.at(step * _STEP_SECONDS), digits)), None
    )


@cache
def _nobody() -> str:
    return _hasher.hash("nobody has this password")
