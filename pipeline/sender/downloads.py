"""A stranger's file as an answer: saved by a browser, never shown as a page of ours."""

from urllib.parse import quote

from fastapi import Response

from pipeline.sender.attachments import StoredFile

__all__ = ["download"]

_HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def download(file: StoredFile, data: bytes) -> Response:
    """An answer that a browser saves and does not show."""
    return Response(
        data,
        media_type=file.media_type,
        headers={
            **_HEADERS,
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}",
        },
    )
