import pytest
from sqlalchemy import Column, Integer, MetaData, Table, create_engine, select
from sqlalchemy.dialects import postgresql

from pipeline.store.upserts import insert_if_new, upsert

_METADATA = MetaData()
_ROW = Table("row", _METADATA, Column("key", Integer, primary_key=True), Column("value", Integer))


@pytest.fixture
def connection():
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        _METADATA.create_all(connection)
        yield connection


def test_a_row_that_is_there_stays_as_it_is(connection):
    for value in (1, 2):
        connection.execute(insert_if_new(_ROW), {"key": 7, "value": value})
    assert connection.execute(select(_ROW)).all() == [(7, 1)]


def test_a_row_that_is_there_gets_the_new_values(connection):
    for value in (1, 2):
        connection.execute(upsert(_ROW, ["value"]), {"key": 7, "value": value})
    assert connection.execute(select(_ROW)).all() == [(7, 2)]


def test_postgresql_gets_the_same():
    sql = str(upsert(_ROW, ["value"]).compile(dialect=postgresql.dialect()))
    assert "ON CONFLICT (key) DO UPDATE SET value = excluded.value" in sql
