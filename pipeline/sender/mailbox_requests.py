"""The bodies about mailboxes, under the names that one client or another gives to their fields."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from pipeline.mail.addresses import Mailbox
from pipeline.sender.problems import MendedError
from pipeline.sender.requests import Address, ApprovalCode, Body, Line
from policy.modes import MAILBOX_MODES

__all__ = ["MailboxChange", "MailboxRequest", "UpgradeCode", "UpgradeRequest"]

Mode = Literal["autonomous", "monitored", "gated_send", "gated_all", "read_only"]
Purpose = Literal["orders", "support", "returns", "marketing", "billing", "privacy", "general"]
assert set(Mode.__args__) == set(MAILBOX_MODES)  # type: ignore[attr-defined]  # of a Literal

_LOCAL_NAMES = ("address_local", "address_local_part")


def _on(value: bool | None) -> bool | None:
    if value is False:
        raise MendedError("this cannot be switched off", "leave it out, or write true")
    return value


def _off(value: bool | None) -> bool | None:
    if value:
        raise MendedError("there is no such thing here", "leave it out, or write false")
    return value


def _no_url(value: str | None) -> str | None:
    if value is not None:
        raise MendedError("a mailbox has no webhook of its own", "use POST /v1/webhooks")
    return value


On = Annotated[bool | None, AfterValidator(_on)]
Off = Annotated[bool | None, AfterValidator(_off)]
NoUrl = Annotated[str | None, AfterValidator(_no_url)]
DisplayName = Annotated[Line, Field(max_length=200)]
LocalPart = Annotated[Line, Field(min_length=1, max_length=64)]


class MailboxRequest(Body):
    """A mailbox of the shop; `purpose` is guessed from the address when it is not given.

    `address` may also be the part before the @ (also as `address_local`).
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "address": "orders@yourstore.example",
                "display_name": "Order Notifications",
                "oversight_mode": "monitored",
                "forward_to": "team@yourstore.example",
            }
        }
    )

    address: Address | None = None
    local: Annotated[LocalPart | None, Field(alias="address_local")] = None
    display_name: DisplayName = ""
    oversight_mode: Mode = "gated_send"
    purpose: Purpose | None = None
    forward_to: Address | None = None
    oversight_address: Address | None = None
    ai_disclosure: On = None
    webhook_url: NoUrl = None
    approval_code: ApprovalCode = None

    @model_validator(mode="before")
    @classmethod
    def _one_address(cls, body: Any) -> Any:
        if not isinstance(body, dict):
            return body
        given = dict(body)
        for name in _LOCAL_NAMES[1:]:
            if name in given:
                given[_LOCAL_NAMES[0]] = given.pop(name)
        address = given.get("address")
        if isinstance(address, str) and "@" not in address and _LOCAL_NAMES[0] not in given:
            given[_LOCAL_NAMES[0]] = given.pop("address")
        return given

    @model_validator(mode="after")
    def _has_one(self) -> "MailboxRequest":
        if (self.address is None) == (self.local is None):
            raise MendedError(
                "the mailbox needs one address", "give `address` as local@yourstore.example"
            )
        return self


class MailboxChange(Body):
    """Settings of a mailbox that change; null clears one, what is left out stays.

    The last ones have one value here, and are taken so that clients may send it.
    """

    display_name: DisplayName | None = None
    oversight_mode: Mode | None = None
    purpose: Purpose | None = None
    forward_to: Address | None = None
    oversight_address: Address | None = None
    auto_cc: Address | None = None
    auto_bcc: Address | None = None
    signature_block: Annotated[Line, Field(max_length=200)] | None = None
    ai_disclosure: On = None
    scheduling_enabled: On = None
    mcp_configured: bool | None = None
    forward_inbound: Off = None
    default_gate_timing: Literal["gate_first"] | None = None
    webhook_url: NoUrl = None
    oversight_webhook_url: NoUrl = None
    approval_code: ApprovalCode = None

    def as_columns(self) -> dict[str, object]:
        """The columns of the store that change, with their values."""
        changes: dict[str, object] = {}
        for name in ("forward_to", "oversight_address", "auto_cc", "auto_bcc"):
            if name in self.model_fields_set:
                box: Mailbox | None = getattr(self, name)
                changes[name] = box.address if box else None
        for name, column in (("display_name", "display_name"), ("signature_block", "signature")):
            if name in self.model_fields_set:
                changes[column] = getattr(self, name) or ""
        for name in ("oversight_mode", "purpose"):
            if (value := getattr(self, name)) is not None:
                changes[name] = value
        return changes


class UpgradeRequest(Body):
    """The freer mode that is wanted."""

    target_mode: Literal["autonomous", "monitored", "gated_send", "gated_all"]


class UpgradeCode(Body):
    """The code that a person was shown."""

    code: Annotated[str, Field(min_length=1, max_length=40)]
