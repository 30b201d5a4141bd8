"""Links for one person: to end advertising, and to see and change what they agreed to."""

from pipeline.sender.links import opened, sealed

__all__ = ["address_of_link", "token_for", "unsubscribe_url"]

_PURPOSE = "unsubscribe"


def unsubscribe_url(public_url: str, secret: bytes, address: str) -> str:
    """The https address that ends advertising to `address` when it is posted to (RFC 8058)."""
    return f"{public_url}/unsubscribe/{token_for(secret, address)}"


def token_for(secret: bytes, address: str) -> str:
    """What stands for `address` in its links; whoever has it speaks for the address."""
    return sealed(secret, _PURPOSE, address)


def address_of_link(token: str, secret: bytes) -> str | None:
    """The address that a link's token was made for; None when we did not make it."""
    return opened(secret, _PURPOSE, token)
