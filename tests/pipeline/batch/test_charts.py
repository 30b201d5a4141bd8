import xml.etree.ElementTree as ElementTree

from hypothesis import given
from hypothesis import strategies as st

from pipeline.batch.charts import Series, _scale, columns


@given(st.integers(0, 10**9))
def test_an_axis_reaches_over_its_highest_value_in_whole_steps(highest: int) -> None:
    top, step = _scale(highest)
    assert top >= highest
    assert top >= 1
    assert step.is_integer()
    assert (top / step).is_integer()
    assert top / step <= 6


def test_a_column_is_as_high_as_its_number_and_says_it() -> None:
    svg = columns(["Jan", "Feb"], [Series("a & b", "c1", (4, 0)), Series("c", "c2", (4, 2))], "t")
    root = ElementTree.fromstring(svg)
    bars = [element for element in root if element.tag == "rect"]
    heights = [float(bar.get("height", "")) for bar in bars]
    assert heights[0] == heights[1]
    assert abs(heights[2] * 2 - heights[0]) <= 0.2
    assert [bar[0].text for bar in bars] == ["Jan: a & b 4", "Jan: c 4", "Feb: c 2"]


def test_no_data_is_an_empty_chart() -> None:
    assert ElementTree.fromstring(columns([], [], "nothing")).get("role") == "img"
