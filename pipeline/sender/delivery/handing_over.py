"""One message handed over: to one server, or to several when its recipients have several.

Until the first final dot it is all or nobody: whoever has been offered the message throws it away
when another does not take it now. `mark_dot` is awaited between the last octet and the first dot,
and only once it has returned is a dot written.
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
    taking: list[Part] = []
    try:
        for part in parts:
            gone = await part.session.envelope(sender, part.recipients, part.copies, len(mime))
            refused += gone
            if len(gone) < len(part.recipients) or part.copies:
                taking.append(part)
        if len(refused) == len(claimed.envelope.recipients):
            return HandedOver(LifecycleEvent.FAIL, refused[0][1], tuple(refused))
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
    return await _dots(taking, refused)


async def _dots(parts: Sequence[Part], refused: list[tuple[str, str]]) -> HandedOver:
    """The final dots, those first whose copies the policy asks for."""
    replies: list[str] = []
    arrived = False  # with anybody whom the message is for
    ordered = sorted(parts, key=lambda part: (not part.copies, bool(part.recipients)))
    for place, part in enumerate(ordered):
        result = await part.session.dot()
        replies.append(result.reply)
        if result.event is LifecycleEvent.CONFIRM:
            arrived = arrived or bool(part.recipients)
        elif result.event is LifecycleEvent.DOUBT or not arrived:
            _leave(ordered[place + 1 :])
            return HandedOver(result.event, "; ".join(replies), tuple(refused))
        else:
            # The others have the message: these cannot be tried again without them.
            refused += [(address, result.reply) for address in (*part.recipients, *part.copies)]
    return HandedOver(LifecycleEvent.CONFIRM, "; ".join(replies), tuple(refused))


def _leave(parts: Sequence[Part]) -> None:
    for part in parts:
        part.session.close()
