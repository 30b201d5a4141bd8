"""Other policy engines on the workload; run by policy_engines.py in an environment of their own.

Reads the engine, the number of rules, messages and seconds from the command line; prints one JSON
line: name, seconds to load, decisions per second one at a time and in batch, the rules
that fired for each message, or why the engine is
absent.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks import policy_workload as workload

Fired = list[int]
Engine = tuple[Callable[[Any], Fired], list[Any], Callable[[list[Any]], Any] | None]


def cedar(rules: list[Any], messages: list[Any]) -> Engine:
    """Parsed handles, the context as JSON text: the fastest way that cedarpy offers."""
    import cedarpy

    policies = cedarpy.PolicySet.from_str(workload.as_cedar(rules))
    entities = cedarpy.Entities.from_json_str("[]")
    requests = [
        {
            "principal": 'Sender::"agent"',
            "action": 'Action::"send"',
            "resource": 'Mail::"one"',
            "context": json.dumps({name.replace(".", "_"): value for name, value in one.items()}),
        }
        for one in messages
    ]

    def decide(request: Any) -> Fired:
        result = cedarpy.is_authorized(request, policies, entities)
        return sorted(int(reason.removeprefix("policy")) for reason in result.diagnostics.reasons)

    def batch(many: list[Any]) -> Any:
        return cedarpy.is_authorized_batch(many, policies, entities)

    return decide, requests, batch


def rego(rules: list[Any], messages: list[Any]) -> Engine:
    """The C++ interpreter of Rego, its bundle built once."""
    import regopy

    interpreter = regopy.Interpreter()
    interpreter.add_module("mail", workload.as_rego(rules))
    bundle = interpreter.build("data.mail.fired")
    inputs = [{name.replace(".", "_"): value for name, value in one.items()} for one in messages]

    def decide(message: Any) -> Fired:
        interpreter.set_input(message)
        output = json.loads(str(interpreter.query_bundle(bundle)))
        return sorted(output["expressions"][0])

    return decide, inputs, None


def cel(rules: list[Any], messages: list[Any]) -> Engine:
    """Google's C++ CEL, one checked program for each rule."""
    from cel_expr_python import cel as api

    kinds = {str: api.Type.STRING, bool: api.Type.BOOL, int: api.Type.INT}
    first = messages[0]
    variables = {
        name.replace(".", "_"): api.Type.List(api.Type.STRING)
        if isinstance(value, list)
        else kinds[type(value)]
        for name, value in first.items()
    }
    environment = api.NewEnv(variables=variables)
    programs = [(rule["id"], environment.compile(workload.as_cel(rule))) for rule in rules]
    inputs = [{name.replace(".", "_"): value for name, value in one.items()} for one in messages]

    def decide(message: Any) -> Fired:
        activation = environment.Activation(message)
        return [number for number, program in programs if program.eval(activation).value()]

    return decide, inputs, None


def measured(name: str, make: Callable[[Any, Any], Engine], count: int, seconds: float,
             rules: list[Any], messages: list[Any]) -> Iterator[dict[str, Any]]:  # fmt: skip
    """Load, compare on `count` messages, then decide for `seconds`."""
    try:
        start = time.process_time()
        decide, inputs, batch = make(rules, messages)
        load = time.process_time() - start
    except ImportError as error:
        yield {"engine": name, "absent": str(error)}
        return
    fired = [decide(one) for one in inputs[:count]]
    done, start = 0, time.process_time()
    while time.process_time() - start < seconds:
        decide(inputs[done % len(inputs)])
        done += 1
    one_at_a_time = done / (time.process_time() - start)
    together = None
    if batch is not None:
        some = inputs[: max(10, int(one_at_a_time * seconds))]
        start = time.process_time()
        batch(some)
        together = len(some) / (time.process_time() - start)
    yield {"engine": name, "load": load, "one": one_at_a_time, "batch": together, "fired": fired}


ENGINES = {"Cedar (cedarpy)": cedar, "Rego (regopy)": rego, "CEL (C++)": cel}


def main() -> None:
    """Measure one engine; each has a process of its own, for their libraries do not mix."""
    name, many, compared, seconds = sys.argv[1], *map(float, sys.argv[2:5])
    rules, messages = workload.rules(int(many)), workload.messages(5_000)
    for result in measured(name, ENGINES[name], int(compared), seconds, rules, messages):
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
