"""Mail by each domain's own servers: where it goes, and where it never goes."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from pipeline.names import Names, resolver_at
from pipeline.sender.delivery.connecting import Route
from pipeline.sender.delivery.destination import Destination
from pipeline.sender.delivery.handing_over import Part, hand_over
from pipeline.sender.delivery.routing import Exchangers, Leg, Plan
from pipeline.sender.delivery.session import EndedError, HandedOver, Session
from pipeline.store.messages import Envelope
from policy.lifecycle import LifecycleEvent
from tests.pipeline.name_server import name_server
from tests.pipeline.sender.delivery.test_session import claimed, marked
from tests.pipeline.sender.support import Sink, sink

RECORDS = {
    ("shop.example", "MX"): ["20 second.shop.example.", "10 first.shop.example."],
    ("first.shop.example", "A"): ["192.0.2.1"],
    ("second.shop.example", "A"): ["192.0.2.2"],
    ("second.shop.example", "AAAA"): ["2001:db8::2"],
    ("plain.example", "A"): ["192.0.2.3"],
    ("null.example", "MX"): ["0 ."],
    ("empty.example", "TXT"): ["nothing here"],
    ("broken.example", "MX"): ["SERVFAIL"],
    ("trap.example", "MX"): ["10 inside.example."],
    ("inside.example", "A"): ["10.0.0.1", "127.0.0.1"],
    ("a.example", "A"): ["127.0.0.1"],
    ("b.example", "A"): ["127.0.0.2"],
}


@pytest.fixture
def server() -> Iterator[str]:
    with name_server(RECORDS) as address:
        yield address


def outside(address: str) -> bool:
    return not address.startswith(("10.", "127."))


def plan(
    server: str, recipients: tuple[str, ...], copies: tuple[str, ...] = (),
    may_reach: Callable[[str], bool] = outside,
) -> Plan:  # fmt: skip
    exchangers = Exchangers(Names(resolver_at(server)), Route("", 25, "off"), 4, may_reach)
    return asyncio.run(exchangers.plan(Envelope("o@s.example", recipients, copies)))


def test_the_best_exchanger_comes_first_and_each_domain_has_a_leg(server: str) -> None:
    found = plan(server, ("x@plain.example", "y@shop.example", "z@SHOP.example"))
    assert [leg.destination.name for leg in found.legs] == ["plain.example", "shop.example"]
    assert found.legs[1].recipients == ("y@shop.example", "z@SHOP.example")
    assert [(route.host, route.address) for route in found.legs[1].destination.routes] == [
        ("first.shop.example", "192.0.2.1"),
        ("second.shop.example", "192.0.2.2"),
        ("second.shop.example", "2001:db8::2"),
    ]
    assert found.legs[0].destination.routes[0].host == "plain.example"  # no MX: its own address


def test_some_domains_are_spoken_to_encrypted_or_not_at_all(server: str) -> None:
    like = Route("", 25, "opportunistic", checks_certificate=False)
    exchangers = Exchangers(Names(resolver_at(server)), like, 4, outside, ["Shop.example"])
    envelope = Envelope("o@s.example", ("x@shop.example", "y@plain.example"))
    found = asyncio.run(exchangers.plan(envelope))
    plain, shop = (leg.destination.routes[0] for leg in found.legs)
    assert (plain.tls, plain.checks_certificate) == ("opportunistic", False)
    assert (shop.tls, shop.checks_certificate) == ("required", True)


@pytest.mark.parametrize(
    ("domain", "reply"),
    [
        ("null.example", "5.1.10"),
        ("nowhere.example", "5.1.2"),
        ("empty.example", "5.4.4"),
        ("trap.example", "5.4.6"),
    ],
)
def test_where_no_way_leads_is_told_for_good(server: str, domain: str, reply: str) -> None:
    found = plan(server, (f"x@{domain}", "y@plain.example"))
    assert [leg.destination.name for leg in found.legs] == ["plain.example"]
    ((address, why),) = found.refused
    assert address == f"x@{domain}"
    assert why.startswith(reply)


def test_what_the_dns_cannot_tell_now_is_tried_later(server: str) -> None:
    with pytest.raises(EndedError) as ended:
        plan(server, ("x@broken.example", "y@plain.example"))
    assert ended.value.result.event is LifecycleEvent.DEFER


def test_a_copy_that_cannot_be_sent_keeps_the_message(server: str) -> None:
    with pytest.raises(EndedError) as ended:
        plan(server, ("y@plain.example",), copies=("team@nowhere.example",))
    assert ended.value.result.event is LifecycleEvent.DEFER


def both(
    first: Sink, second: Sink, *, copies: tuple[str, ...] = (), marks: list[str] | None = None
) -> HandedOver:
    """A message to x@a.example over `first` and to y@b.example over `second`."""
    message = claimed("x@a.example", "y@b.example", copies=copies)
    sinks = {"a.example": first, "b.example": second}

    async def mark() -> None:
        if marks is not None:
            marks.append(f"{len(first.got)} {len(second.got)}")
        await marked()

    async def run() -> HandedOver:
        parts = []
        for leg in _legs(message.envelope, sinks):
            session = await _open(leg)
            parts.append(Part(session, leg.recipients, leg.copies))
        try:
            return await hand_over(message, parts, mark)
        finally:
            for part in parts:
                part.session.close()

    return asyncio.run(run())


def _legs(envelope: Envelope, sinks: dict[str, Sink]) -> list[Leg]:
    legs = []
    for domain, to in sinks.items():
        route = Route(domain, to.port, "off", address="127.0.0.1")
        destination = Destination(domain, (route,), start=1, limit=1, queue=1)
        legs.append(
            Leg(
                destination,
                tuple(one for one in envelope.recipients if one.endswith(f"@{domain}")),
                tuple(one for one in envelope.copies if one.endswith(f"@{domain}")),
            )
        )
    return legs


async def _open(leg: Leg) -> Session:
    session = Session(leg.destination.routes)
    await session.open()
    return session


@pytest.fixture
def sinks() -> Iterator[tuple[Sink, Sink]]:
    with ExitStack() as stack:
        yield stack.enter_context(sink()), stack.enter_context(sink())


def answer(to: Sink, phase: str, text: str) -> None:
    to.hook = lambda now, argument: text if now == phase else None


def test_two_domains_get_the_same_message_after_one_mark(sinks: tuple[Sink, Sink]) -> None:
    marks: list[str] = []
    assert both(*sinks, marks=marks).event is LifecycleEvent.CONFIRM
    assert [[recipients for recipients, _ in one.got] for one in sinks] == [
        [["x@a.example"]],
        [["y@b.example"]],
    ]
    assert marks == ["0 0"]  # nobody has it before the mark


def test_greylisting_by_one_keeps_it_from_no_other(sinks: tuple[Sink, Sink]) -> None:
    answer(sinks[1], "rcpt", "451 later")
    result = both(*sinks)
    assert (result.event, result.reply) == (LifecycleEvent.DEFER, "451 later")
    assert result.arrived == (("x@a.example", "250 OK"),)
    assert [len(one.got) for one in sinks] == [1, 0]


def test_an_address_refused_for_good_does_not_keep_the_other(sinks: tuple[Sink, Sink]) -> None:
    answer(sinks[0], "rcpt", "550 5.1.1 nobody")
    result = both(*sinks)
    assert result.event is LifecycleEvent.CONFIRM
    assert result.refused == (("x@a.example", "550 5.1.1 nobody"),)
    assert [len(one.got) for one in sinks] == [0, 1]


def test_a_refused_first_dot_leaves_the_other_without(sinks: tuple[Sink, Sink]) -> None:
    answer(sinks[0], "data", "451 later")
    assert both(*sinks).event is LifecycleEvent.DEFER
    assert [len(one.got) for one in sinks] == [0, 0]


def test_a_refused_second_dot_is_told_and_nothing_is_sent_twice(sinks: tuple[Sink, Sink]) -> None:
    answer(sinks[1], "data", "554 never")
    result = both(*sinks)
    assert result.event is LifecycleEvent.CONFIRM
    assert result.refused == (("y@b.example", "554 never"),)


def test_a_lost_second_answer_is_a_doubt(sinks: tuple[Sink, Sink]) -> None:
    answer(sinks[1], "data", "keep and hang up")
    result = both(*sinks)
    assert result.event is LifecycleEvent.DOUBT
    assert result.reply.startswith("250 OK; ")
    assert result.arrived == (("x@a.example", "250 OK"),)  # of whom there is no doubt


def test_the_copy_to_oversight_goes_first(sinks: tuple[Sink, Sink]) -> None:
    answer(sinks[1], "data", "554 never")
    result = both(*sinks, copies=("team@b.example",))
    assert result.event is LifecycleEvent.FAIL
    assert [len(one.got) for one in sinks] == [0, 0]
