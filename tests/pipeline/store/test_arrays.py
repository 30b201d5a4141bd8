"""One statement about arrays does what one run a row does, on either database."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import asyncpg

from pipeline.store.arrays import of_arrays
from pipeline.store.statements import Statement, to_json
from pipeline.store.upserts import insert_if_new
from tests.pipeline.store.support import Session

_ROW = Table(
    "array_row",
    MetaData(),
    Column("key", Integer, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("short", String(20)),
    Column("long", Text),
    Column("data", LargeBinary),
    Column("told", JSON),
)
_NAMES = [column.name for column in _ROW.c]
_INSERT = Statement(insert(_ROW).values({name: bindparam(name) for name in _NAMES}))
_CHANGE = Statement(
    update(_ROW)
    .where(_ROW.c.key == bindparam("of"), _ROW.c.version == bindparam("before"))
    .values({name: bindparam(f"new_{name}") for name in _NAMES if name != "key"})
)
_ALL = select(_ROW).order_by(_ROW.c.key)
_texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
_json = st.none() | st.dictionaries(_texts, _texts | st.integers(-(2**53), 2**53) | st.none())
_values = st.fixed_dictionaries(
    {
        "version": st.integers(-(2**63), 2**63 - 1),
        "short": st.none() | _texts,
        "long": st.none() | _texts,
        "data": st.none() | st.binary(max_size=20),
        "told": _json.map(lambda one: None if one is None else to_json(one)),
    }
)
_rows = st.dictionaries(st.integers(0, 9), _values, max_size=6)


def _shown(row):
    return tuple(json.loads(row["told"]) if name == "told" and row["told"] else row[name]
                 for name in _NAMES)  # fmt: skip


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(_rows, _rows, st.sets(st.integers(0, 9)))
def test_both_databases_end_with_what_was_asked_for(session, first, then, changed_meanwhile):
    def work(connection):
        _ROW.create(connection, checkfirst=True)
        connection.execute(delete(_ROW))
        rows = [{"key": key, **values} for key, values in first.items()]
        assert _INSERT.run_many(connection, rows) == len(rows)
        asked = [
            {
                "of": key,
                "before": first[key]["version"] if key in first else 0,
                **{f"new_{name}": value for name, value in values.items()},
            }
            for key, values in then.items()
        ]
        for one in asked:
            if one["of"] in changed_meanwhile and one["of"] in first:
                one["before"] = one["before"] ^ 1
        return _CHANGE.run_many(connection, asked), connection.execute(_ALL).all()

    count, found = session.write(work)
    taken = {key for key in then if key in first and key not in changed_meanwhile}
    expected = {**first, **{key: then[key] for key in taken}}
    assert count == len(taken)
    assert [tuple(row) for row in found] == [
        _shown({"key": key, **expected[key]}) for key in sorted(expected)
    ]


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(_rows, _values, st.sets(st.sampled_from([name for name in _NAMES if name != "key"])))
def test_what_is_alike_is_that_of_every_row(session, rows, values, alike):
    rows = [{"key": key, **row} for key, row in rows.items()]
    common = {name: values[name] for name in alike}

    def work(connection):
        _ROW.create(connection, checkfirst=True)
        connection.execute(delete(_ROW))
        own = [{name: row[name] for name in _NAMES if name not in alike} for row in rows]
        put = _INSERT.run_many(connection, own, common)
        inserted = connection.execute(_ALL).all()
        to = {f"new_{name}": values[name] for name in _NAMES if name != "key"}
        asked = [{"of": row["key"], "before": (row | common)["version"]} for row in rows]
        return (
            put,
            inserted,
            _CHANGE.run_many(connection, asked, to),
            connection.execute(_ALL).all(),
        )

    put, inserted, changed, then = session.write(work)
    rows.sort(key=lambda row: row["key"])
    assert put == changed == len(rows)
    assert [tuple(row) for row in inserted] == [_shown(row | common) for row in rows]
    assert [tuple(row) for row in then] == [_shown(row | values) for row in rows]


@pytest.mark.postgres
def test_a_text_that_is_too_long_is_refused_and_not_cut_off(postgres):
    with Session(postgres.new_database()) as session:
        row = dict.fromkeys(_NAMES) | {"key": 1, "version": 1, "short": "x" * 21}

        def work(connection):
            _ROW.create(connection)
            _INSERT.run_many(connection, [row])

        with pytest.raises(Exception, match="value too long"):
            session.write(work)


@pytest.mark.parametrize(
    "statement",
    [
        insert(_ROW).values(key=bindparam("other"), version=bindparam("version")),
        insert(_ROW).values(key=bindparam("key"), version=1),
        insert(_ROW).values(key=bindparam("key")).returning(_ROW.c.key),
        postgresql.insert(_ROW)
        .values(key=bindparam("key"))
        .on_conflict_do_update(index_elements=["key"], set_={"version": 1}),
        update(_ROW).values(version=bindparam("new")),
        update(_ROW).where(_ROW.c.key < bindparam("of")).values(version=bindparam("new")),
        delete(_ROW).where(_ROW.c.key == bindparam("of")),
        select(_ROW).where(_ROW.c.key == bindparam("of")),
    ],
    ids=str,
)
def test_what_arrays_cannot_say_is_refused(statement):
    with pytest.raises(TypeError, match="can be run for many rows"):
        of_arrays(statement, asyncpg.dialect())


def test_what_is_there_already_stays_as_it_is(session):
    names = ["key", "version"]
    once = Statement(insert_if_new(_ROW).values({name: bindparam(name) for name in names}))

    def work(connection):
        _ROW.create(connection)
        once.run_many(connection, [{"key": 1, "version": 1}])
        once.run_many(connection, [{"key": key, "version": 2} for key in (1, 2, 2)])
        return connection.execute(select(_ROW.c.key, _ROW.c.version).order_by(_ROW.c.key)).all()

    assert session.write(work) == [(1, 1), (2, 2)]
