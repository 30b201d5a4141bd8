"""API keys as they are found: all that are asked for at a time."""

from pipeline.store.keys import Key, create_key, find_keys, revoke_key, rotate_key
from tests.pipeline.store.support import ADMIN, Session


def test_each_secret_finds_its_own_key_or_none(session: Session) -> None:
    keys, (one, two, three) = zip(*(_made(session) for _ in range(3)), strict=True)
    asked = [three, "", one, "\u00e9'--", two, one]
    found = session.read(lambda connection: find_keys(connection, asked))
    assert found == [keys[2], None, keys[0], None, keys[1], keys[0]]


def test_a_secret_before_the_last_is_good_for_as_long_as_it_was_said(session: Session) -> None:
    (kept, old), (ended, gone), (revoked, lost) = (_made(session) for _ in range(3))
    new = session.write(lambda connection: rotate_key(connection, kept.id, 60_000, ADMIN))
    session.write(lambda connection: rotate_key(connection, ended.id, 0, ADMIN))
    session.write(lambda connection: revoke_key(connection, revoked.id, ADMIN))
    found = session.read(lambda connection: find_keys(connection, [new, old, gone, lost]))
    assert found == [kept, kept, None, None]


def _made(session: Session) -> tuple[Key, str]:
    return session.write(
        lambda connection: create_key(
            connection, name="orders", scopes=["send"], who=ADMIN, roles=["returns_team"]
        )
    )
