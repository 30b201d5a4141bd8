"""One message handed over: to one server, or to several when its recipients have several.

A server that takes it for some recipients and not now for others (RFC 5321, 4.5.3.1.10) gets it for
those, and the others wait for an attempt of their own. `mark_dot` is awaited between the last octet
and the first dot, and only once it has returned is a dot written.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from pipeline.sender.delivery.session import EndedError, HandedOver, Session
from pipeline.store.delivery_queue import Claimed
from pipeline.store.execution import RefusedError
from policy.lifecycle import LifecycleEvent

__all__ = ["Part", "hand_over"]


@dataclass(frozen=True, slots=True)
class Part:
    """The recipients of a message who are reached over one conversation."""

    session: Session
    recipients: tuple[str, ...]
    copies: tuple[str, ...] = ()


async def hand_over(
    claimed: Claimed,
    parts: Sequence[Part],
    mark_dot: Callable[[], Awaitable[None]],
    refused: Sequence[tuple[str, str]] = (),
) -> HandedOver:
    """Offer `claimed` to every part, whose session is open; `refused` are refused already.

    Never raises for what a server says. The event is `doubt` if and only if a final dot may have
    been written and no answer came.
    """
    sender, mime = claimed.envelope.sender, claimed.mime
    refused = list(refused)
    later: list[tuple[str, str]] = []
    taking: list[Part] = []
    try:
        for part in parts:
            turned = await part.session.envelope(
                sender, part.recipients, part.copies, len(mime), alone=len(parts) == 1
            )
            refused += turned.away
            later += turned.later
            if len(turned) < len(part.recipients) or part.copies:
                taking.append(part)
        if len(refused) + len(later) == len(claimed.envelope.recipients):
            event = LifecycleEvent.DEFER if later else LifecycleEvent.FAIL
            return HandedOver(event, (later or refused)[0][1], tuple(refused))
        for part in taking:
            await part.session.body(mime)
        await mark_dot()
    except EndedError as ended:
        if len(parts) > 1:  # the others may have begun the body; a single conversation goes on
            _leave(parts)
        return ended.result
    except RefusedError as refusal:
        _leave(parts)
        return HandedOver(LifecycleEvent.LAPSE, "; ".join(refusal.reasons))
    except BaseException:
        _leave(parts)
        raise
    return await _dots(taking, refused, later)


async def _dots(
    parts: Sequence[Part], refused: list[tuple[str, str]], later: list[tuple[str, str]]
) -> HandedOver:
    """The final dots, those first whose copies the policy asks for."""
    turned = {address for address, _ in (*refused, *later)}
    replies: list[str] = []
    arrived: list[tuple[str, str]] = []
    ordered = sorted(parts, key=lambda part: (not part.copies, bool(part.recipients)))
    for place, part in enumerate(ordered):
        result = await part.session.dot()
        replies.append(result.reply)
        told = [(address, result.reply) for address in part.recipients if address not in turned]
        if result.event is LifecycleEvent.CONFIRM:
            arrived += told
        elif result.event is LifecycleEvent.DOUBT:
            # Those who certainly do not have it are not to be taken for some who may.
            _leave(ordered[place + 1 :])
            reply = "; ".join(replies)
            return HandedOver(result.event, reply, (*refused, *later), tuple(arrived))
        elif not arrived:
            _leave(ordered[place + 1 :])
            return HandedOver(result.event, "; ".join(replies), tuple(refused))
        elif result.event is LifecycleEvent.DEFER:
            later += told
        else:
            refused += told
    if later:
        return HandedOver(LifecycleEvent.DEFER, later[0][1], tuple(refused), tuple(arrived))
    return HandedOver(LifecycleEvent.CONFIRM, "; ".join(replies), tuple(refused))


def _leave(parts: Sequence[Part]) -> None:
    for part in parts:
        part.session.close()
