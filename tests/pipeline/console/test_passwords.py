"""Two factors: the password as it is, the code at its time."""

import pyotp
import pytest

from pipeline.console.passwords import code_step, hash_password, password_matches

SECRET = pyotp.random_base32()
NOW = 1_800_000_015.0


def test_only_the_password_matches_and_nobody_has_none() -> None:
    kept = hash_password("correct horse")
    assert password_matches("correct horse", kept)
    assert not password_matches("Correct horse", kept)
    assert not password_matches("nobody has this password", None)
    assert not password_matches("correct horse", "no hash at all")


@pytest.mark.parametrize("late", [-30, 0, 30])
def test_a_clock_may_be_one_step_off(late: int) -> None:
    code = pyotp.TOTP(SECRET).at(int(NOW) + late)
    assert code_step(SECRET, f"{code[:3]} {code[3:]}", NOW) == (NOW + late) // 30


@pytest.mark.parametrize("late", [-60, 60])
def test_two_steps_are_too_many(late: int) -> None:
    assert code_step(SECRET, pyotp.TOTP(SECRET).at(int(NOW) + late), NOW) is None


@pytest.mark.parametrize("code", ["", "12345", "abcdef", "١٢٣٤٥٦", "0" * 20])
def test_what_is_no_code_is_wrong(code: str) -> None:
    assert code_step(SECRET, code, NOW) is None
