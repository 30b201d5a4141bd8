"""Pages: templates that escape everything, and headers under which no script of a message runs."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from sqlalchemy import Connection

from pipeline.console.notices import notice
from pipeline.console.untrusted import visible
from pipeline.sender.service import service_of
from pipeline.store.review import counts, is_paused
from pipeline.store.upgrades import open_upgrades

__all__ = ["FOLDER", "HEADERS", "frame", "go", "page", "spoken_duration"]

FOLDER = Path(__file__).parent
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}

_environment = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """The page that `template` makes of `context`."""
    text = _environment.get_template(template).render(
        path=request.url.path,
        person=getattr(request.state, "person", None),
        zone=service_of(request).settings.zone,
        now=datetime.now(UTC),
        notice=notice(request),
        **context,
    )
    return HTMLResponse(text, status, HEADERS)


def frame(connection: Connection) -> Mapping[str, Any]:
    """What stands on top of every page: how much waits, and whether sending is paused."""
    counted = {state.value: number for state, number in counts(connection).items()}
    counted["upgrades"] = len(open_upgrades(connection))
    return {"counts": counted, "paused": is_paused(connection)}


def go(path: str) -> RedirectResponse:
    """Send the browser on to another page of ours, by GET."""
    return RedirectResponse(path, 303, HEADERS)


def spoken_duration(seconds: float) -> str:
    """A length of time in its largest unit, such as `3 h`."""
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{int(seconds // length)} {unit}"
    return f"{max(int(seconds), 0)} s"


def _time(milliseconds: int, zone: tzinfo) -> Markup:
    """A moment in the shop's time, and in UTC for whoever points at it."""
    moment = _moment(milliseconds)
    return Markup('<time datetime="{}" title="{} UTC">{}</time>').format(
        moment.isoformat(timespec="seconds"),
        _utc(milliseconds),
        f"{moment.astimezone(zone):%d %b %Y, %H:%M}",
    )


def _since(milliseconds: int, now: datetime) -> str:
    return spoken_duration((now - _moment(milliseconds)).total_seconds())


def _until(milliseconds: int, now: datetime) -> str:
    return spoken_duration((_moment(milliseconds) - now).total_seconds())


def _soon(milliseconds: int | None, now: datetime) -> bool:
    return milliseconds is not None and _moment(milliseconds) - now < timedelta(hours=4)


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _utc(milliseconds: int) -> str:
    return f"{_moment(milliseconds):%Y-%m-%d %H:%M:%S}"


_environment.filters |= {
    "visible": visible, "time": _time, "moment": _utc, "since": _since,
    "until": _until, "soon": _soon,
}  # fmt: skip
