from typing import Any

from pipeline.mail.card_numbers import redact_card_numbers
from pipeline.sender.edit_history import edit_history

DRAFT = {"subject": "C", "text": "same", "to": ["a@b.example"], "html": None}


def row(person: str, **before: Any) -> dict[str, Any]:
    return {"person": person, "at": 1, "before": before}


def test_each_edit_and_all_together_are_told_by_field() -> None:
    history = edit_history(
        DRAFT, [row("ada", subject="A", to=["x@b.example"], cc=None), row("ben", subject="B")]
    )
    told = [
        [(change.field, change.before, change.after) for change in edit.changes or ()]
        for edit in history.edits
    ]
    assert [edit.person for edit in history.edits] == ["ada", "ben"]
    assert told == [[("subject", "A", "B"), ("to", "x@b.example", "a@b.example")],
                    [("subject", "B", "C")]]  # fmt: skip
    assert [(one.field, one.before) for one in history.whole or ()] == [
        ("subject", "A"), ("to", "x@b.example"),
    ]  # fmt: skip


def test_what_is_not_kept_is_said_and_later_edits_are_still_told() -> None:
    gone = {"person": "ada", "at": 1, "before": None}
    history = edit_history(DRAFT, [gone, row("ben", subject="B")])
    assert [edit.changes is None for edit in history.edits] == [True, False]
    assert history.whole is None


def test_nothing_that_is_masked_comes_through_in_pieces() -> None:
    card = {**DRAFT, "text": "pay with 4111 1111 1111 1111 now"}
    history = edit_history(
        card, [row("ada", text="pay with 4111 1111 1111 1111 or 5500 0055 5555 5559")],
        masked=lambda text: redact_card_numbers(text)[0],
    )  # fmt: skip
    shown = "".join(piece.text for change in history.whole or () for piece in change.difference)
    assert "or" in shown
    assert "now" in shown
    assert not any(group in shown for group in ("4111", "5500", "0055"))


def test_texts_are_compared_when_somebody_looks_and_once() -> None:
    looked: list[str] = []
    history = edit_history(
        DRAFT, [row("ada", subject="A"), row("ben", subject="B")],
        masked=lambda text: looked.append(text) or text,  # type: ignore[func-returns-value]  # it returns None
    )  # fmt: skip
    assert [edit.person for edit in history.edits] == ["ada", "ben"]
    assert looked == []
    assert history.edits[1].changes is history.edits[1].changes
    once = len(looked)
    assert once > 0
    assert history.whole is history.whole
    assert len(looked) == 2 * once


def test_who_changed_nothing_has_no_history() -> None:
    history = edit_history(DRAFT, [])
    assert (history.edits, history.whole) == ((), ())
