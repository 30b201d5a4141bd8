"""One message: why it is held, what it says, and what a person does about it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import ValidationError
from sqlalchemy import Connection

from classifier.labels import INTENTS, TAGS
from pipeline.console.browser import SignedIn, who
from pipeline.console.pages import frame, go, page
from pipeline.console.reading import explained
from pipeline.console.view import conditions, message_view
from pipeline.mail.card_numbers import redact_card_numbers
from pipeline.sender.attachments import file_at
from pipeline.sender.correcting import change_words
from pipeline.sender.downloads import download
from pipeline.sender.reviewing import IntentName, TagName, review_labels
from pipeline.sender.service import Service, service_of, serving
from pipeline.store import unknown
from pipeline.store.correcting import clear_fraud
from pipeline.store.corrections import labels_of
from pipeline.store.execution import execute
from pipeline.store.oversight import VERSIONS, is_author, reject
from pipeline.store.people import Account
from pipeline.store.review import next_waiting
from pipeline.store.stored_messages import find_message
from policy.lifecycle import LifecycleEvent, State

router = APIRouter(prefix="/messages/{key}")

Key = Annotated[str, Path(max_length=36, pattern="^[0-9a-f-]+$")]
Version = Annotated[str, Form(pattern=r"^\d{1,9}\.\d{1,9}\.\d{1,9}$")]
_FRAME_HEADERS = {
    "Content-Security-Policy": (
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
        "frame-ancestors 'self'; form-action 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


@router.get("")
async def show(
    key: Key, request: Request, person: SignedIn, service: Annotated[Service, Depends(serving)]
) -> Response:
    """The message, with the reasons on top and the decision below."""
    return await service.store.read(lambda connection: _page(connection, key, request, person))


@router.get("/html")
async def html(
    key: Key, person: SignedIn, service: Annotated[Service, Depends(serving)]
) -> Response:
    """The HTML part alone: no script, no form, no picture from elsewhere, no link that leads on."""
    vocabulary = service.acceptance.gate.policy.vocabulary
    view = await service.store.read(lambda connection: message_view(connection, key, vocabulary))
    text = view.content.html if view.content else ""
    return HTMLResponse(redact_card_numbers(text)[0], headers=_FRAME_HEADERS)


@router.get("/files/{place}")
async def file(
    key: Key,
    place: Annotated[int, Path(ge=0, le=999)],
    person: SignedIn,
    service: Annotated[Service, Depends(serving)],
) -> Response:
    """A file of the message, to be saved: it is never opened as a page."""
    return download(
        *await service.store.read(
            lambda connection: file_at(connection, find_message(connection, key), place)
        )
    )


@router.post("/approve")
async def approve_it(
    key: Key, version: Version, person: SignedIn, service: Annotated[Service, Depends(serving)]
) -> Response:
    """Approve exactly what was shown, and go on to the next message."""
    seen = _versions(version)
    step = await service.acceptance.approve(key, who(person), seen, person.roles)
    done = {State.QUEUED: "approved", State.DELIVERED: "released"}.get(step.state, "partly")
    return await _next(service, done, key)


@router.post("/reject")
async def reject_it(
    key: Key,
    person: SignedIn,
    service: Annotated[Service, Depends(serving)],
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Reject for good."""
    plain = " ".join(reason.split())
    await service.store.write(lambda connection: reject(connection, key, who(person), plain))
    return await _next(service, "rejected", key)


@router.post("/edit")
async def edit_it(
    key: Key,
    version: Version,
    request: Request,
    person: SignedIn,
    service: Annotated[Service, Depends(serving)],
    subject: Annotated[str, Form()] = "",
    text: Annotated[str, Form()] = "",
    html: Annotated[str, Form()] = "",
) -> Response:
    """Change the words; the message is decided anew, and somebody else approves it."""
    seen = _versions(version)

    words = {"subject": subject, "text": text.replace("\r\n", "\n"), "html": html}
    try:
        await service.store.write(
            lambda connection: change_words(connection, key, who(person), seen, words)
        )
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "message"
        return page(
            request,
            "problem.html",
            status=422,
            title="This edit cannot be sent",
            reasons=[f"{field}: {first['msg'].removeprefix('Value error, ')}"],
            mend="Go back in your browser: what you wrote is still there.",
            back=f"/console/messages/{key}",
        )
    await service.acceptance.decide_waiting()
    return go(f"/console/messages/{key}?done=edited")


@router.post("/clear-fraud")
async def clear_it(
    key: Key, person: SignedIn, service: Annotated[Service, Depends(serving)]
) -> Response:
    """Take the fraud mark off; the policy decides anew."""
    await service.store.write(lambda connection: clear_fraud(connection, key, who(person)))
    await service.acceptance.decide_waiting()
    return go(f"/console/messages/{key}?done=cleared")


@router.post("/labels")
async def label_it(
    key: Key,
    person: SignedIn,
    service: Annotated[Service, Depends(serving)],
    intent: Annotated[IntentName, Form()],
    tags: Annotated[list[TagName] | None, Form()] = None,
) -> Response:
    """Say what the labels of a received message should be; the classifier learns from it."""
    await service.store.write(
        lambda connection: review_labels(connection, key, who(person), intent, tags or ())
    )
    await service.acceptance.decide_waiting()
    return go(f"/console/messages/{key}?done=labelled")


@router.post("/take-back")
async def take_back(
    key: Key, person: SignedIn, service: Annotated[Service, Depends(serving)]
) -> Response:
    """Stop a message that has not been handed over."""
    await service.store.write(
        lambda connection: execute(connection, key, LifecycleEvent.CANCEL, who(person))
    )
    return go(f"/console/messages/{key}?done=taken_back")


@router.post("/resolve")
async def resolve(
    key: Key,
    person: SignedIn,
    service: Annotated[Service, Depends(serving)],
    outcome: Annotated[str, Form(pattern="^(sent|retry)$")],
) -> Response:
    """Settle a message whose acknowledgement was lost."""
    await service.store.write(
        lambda connection: unknown.resolve(connection, key, who(person), again=outcome != "sent")
    )
    service.wake()
    return go(f"/console/messages/{key}?done=resolved")


def _page(connection: Connection, key: str, request: Request, person: Account) -> Response:
    service = service_of(request)
    view = message_view(connection, key, service.acceptance.gate.policy.vocabulary)
    held = view.state is State.HELD
    gate = service.acceptance.gate
    answered = view.row if view.inbound else view.answered
    return page(
        request,
        "message.html",
        view=view,
        held=held,
        conditions=conditions(view.judgement, gate),
        answered=answered,
        explained=explained(gate, answered) if answered else None,
        own=is_author(connection, view.row, who(person)),
        approved=any(one["person"] == person.name for one in view.approvals_now),
        next_id=next_waiting(connection, key) if held else None,
        labels=labels_of(connection, view.row) if view.inbound and not view.row["erased"] else None,
        intents=INTENTS,
        tags=TAGS,
        **frame(connection),
    )


async def _next(service: Service, done: str, key: str) -> Response:
    """On to the next held message, or to the empty queue."""
    service.wake()
    following = await service.store.read(lambda connection: next_waiting(connection, key))
    path = f"messages/{following}" if following else ""
    return go(f"/console/{path}?done={done}&email={key}")


def _versions(version: str) -> dict[str, int]:
    return dict(zip(VERSIONS, map(int, version.split(".")), strict=True))
