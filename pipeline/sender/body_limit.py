"""No request body is read beyond the limit, whether it states its length or not."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.sender.problems import document

__all__ = ["BodyLimit"]


class BodyLimit:
    """Answers 413 to a body of more than `limit` octets, before the application has read it."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, counting what is read of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        stated = dict(scope["headers"]).get(b"content-length", b"")
        if stated.isdigit() and int(stated) > self._limit:
            detail, mend = self._refusal()
            await document(413, detail, mend, {"Connection": "close"})(scope, receive, send)
            return
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._limit:
                raise HTTPException(413, self._refusal()[0], {"Connection": "close"})
            return message

        await self._app(scope, counted, send)

    def _refusal(self) -> tuple[str, str]:
        return (
            f"a request may have {self._limit} octets",
            "send less at once; attachments count in base64",
        )
