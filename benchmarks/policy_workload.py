"""The same rules and messages for every policy engine: seeded, plain data, no dependency.

A rule is `{"id", "kind", "mode", "tests"}`, all of whose tests must hold; a test is
`[fact, operator, value]`. A message has every fact. Numbers are whole: cents, days, hundredths.
"""

import random
from typing import Any

KINDS = ("transactional", "marketing", "reply")
INTENTS = (
    "order_status", "shipping_problem", "return", "exchange", "refund", "cancellation",
    "product_question", "complaint", "warranty", "billing", "account", "other",
)  # fmt: skip
TAGS = (
    "fraud_risk", "card_data", "privacy_request", "safety_risk", "legal_threat",
    "vulnerable_person", "opt_out",
)  # fmt: skip
REGIONS = ("eu", "uk", "us", "us_ca", "other")
FLAGS = ("recipient.suppressed", "recipient.first_contact", "case.fraud_open", "unsure")
DOMAINS = tuple(f"shop{number}.example" for number in range(40))
MODES = ("autonomous", "monitored", "gated_send", "gated_all", "blocked")

Rule = dict[str, Any]
Message = dict[str, Any]


def rules(count: int, seed: int = 7) -> list[Rule]:
    """`count` rules of one to four tests; a quarter each allow, require (two modes) and block."""
    random_ = random.Random(seed)
    kinds = (("allow", 1), ("require", 2), ("require", 3), ("block", 4))
    return [
        {
            "id": number,
            "kind": kinds[number % 4][0],
            "mode": kinds[number % 4][1],
            "tests": _tests(random_),
        }
        for number in range(count)
    ]


def _tests(random_: random.Random) -> list[list[Any]]:
    options: list[list[Any]] = [
        ["kind", "is", random_.choice(KINDS)],
        ["intent", "in", sorted(random_.sample(INTENTS, 3))],
        ["tags", "has", random_.choice(TAGS)],
        ["tags", "lacks", random_.choice(TAGS)],
        ["recipient.region", "is", random_.choice(REGIONS)],
        [random_.choice(FLAGS), "true", None],
        ["confidence", "least", random_.randint(10, 99)],
        ["confidence", "below", random_.randint(10, 99)],
        ["order.value", "least", random_.randint(1, 900) * 100],
        ["order.age", "below", random_.randint(1, 300)],
        ["recipient.domain", "is", random_.choice(DOMAINS)],
        ["recipient.domain", "ends", random_.choice(("1.example", "2.example", "9.example"))],
    ]
    chosen = random_.sample(options, random_.randint(2, 4))
    facts = {test[0] for test in chosen}
    return chosen if len(facts) == len(chosen) else _tests(random_)


def messages(count: int, seed: int = 11) -> list[Message]:
    """`count` different messages of a busy shop: most are ordinary, some carry a tag or two."""
    random_ = random.Random(seed)
    return [
        {
            "kind": random_.choices(KINDS, (3, 1, 6))[0],
            "intent": random_.choice(INTENTS),
            "tags": sorted(tag for tag in TAGS if random_.random() < 0.06),
            "recipient.region": random_.choice(REGIONS),
            **{flag: random_.random() < 0.05 for flag in FLAGS},
            "confidence": random_.randint(20, 100),
            "order.value": random_.randint(0, 100_000),
            "order.age": random_.randint(0, 365),
            "recipient.domain": random_.choice(DOMAINS),
        }
        for _ in range(count)
    ]


def mode_of(fired: list[Rule]) -> int:
    """The mode that firing rules lead to, for engines that know no modes."""
    base: int = min((rule["mode"] for rule in fired if rule["kind"] == "allow"), default=2)
    return max(base, *(int(rule["mode"]) for rule in fired if rule["kind"] != "allow"), 0)


def as_policy(rules_: list[Rule]) -> str:
    """The rules in the language of Gatepost."""
    out = ['policy "benchmark"']
    for rule in rules_:
        head = {"allow": "allow monitored", "block": "block"}.get(
            rule["kind"], f"require {MODES[rule['mode']]}"
        )
        tests = " and ".join(_policy_test(*test) for test in rule["tests"])
        out.append(f'{head} "rule {rule["id"]}"\n  when {tests}')
    return "\n\n".join(out) + "\n"


def _policy_test(fact: str, operator: str, value: Any) -> str:
    match operator:
        case "is":
            return f'{fact} is "{value}"' if fact == "recipient.domain" else f"{fact} is {value}"
        case "in":
            return f"{fact} in {{{', '.join(value)}}}"
        case "has":
            return f"{fact} has {value}"
        case "lacks":
            return f"not {fact} has {value}"
        case "true":
            return fact
        case "ends":
            return f'{fact} ends with "{value}"'
    written = {
        "confidence": f"{value}%", "order.value": f"{value // 100}.{value % 100:02}",
        "order.age": f"{value} days",
    }[fact]  # fmt: skip
    return f"{fact} {'>=' if operator == 'least' else '<'} {written}"


def _name(fact: str) -> str:
    return fact.replace(".", "_")


def as_cedar(rules_: list[Rule]) -> str:
    """Every rule a `permit`, so that the reasons are all the rules that match."""

    def test(fact: str, operator: str, value: Any) -> str:
        name = f"context.{_name(fact)}"
        return {
            "is": f'{name} == "{value}"', "true": name, "has": f'{name}.contains("{value}")',
            "lacks": f'!{name}.contains("{value}")', "least": f"{name} >= {value}",
            "below": f"{name} < {value}", "ends": f'{name} like "*{value}"',
            "in": "[" + ", ".join(f'"{one}"' for one in value or ()) + f"].contains({name})"
            if operator == "in" else "",
        }[operator]  # fmt: skip

    return "\n".join(
        "permit(principal, action, resource) when { "
        + " && ".join(test(*one) for one in rule["tests"]) + " };"
        for rule in rules_
    )  # fmt: skip


def as_rego(rules_: list[Rule]) -> str:
    """A partial set rule for each rule."""

    def test(fact: str, operator: str, value: Any) -> str:
        name = f"input.{_name(fact)}"
        return {
            "is": f'{name} == "{value}"', "true": name, "has": f'"{value}" in {name}',
            "lacks": f'not "{value}" in {name}', "least": f"{name} >= {value}",
            "below": f"{name} < {value}", "ends": f'endswith({name}, "{value}")',
            "in": f"{name} in " + "{" + ", ".join(f'"{one}"' for one in value or ()) + "}"
            if operator == "in" else "",
        }[operator]  # fmt: skip

    lines = ["package mail", "import rego.v1"]
    for rule in rules_:
        body = "\n".join("  " + test(*one) for one in rule["tests"])
        lines.append(f"fired contains {rule['id']} if {{\n{body}\n}}")
    return "\n".join(lines)


def as_cel(rule: Rule) -> str:
    """One expression for a rule."""

    def test(fact: str, operator: str, value: Any) -> str:
        name = _name(fact)
        return {
            "is": f'{name} == "{value}"', "true": name, "has": f'"{value}" in {name}',
            "lacks": f'!("{value}" in {name})', "least": f"{name} >= {value}",
            "below": f"{name} < {value}", "ends": f'{name}.endsWith("{value}")',
            "in": f"{name} in [" + ", ".join(f'"{one}"' for one in value or ()) + "]"
            if operator == "in" else "",
        }[operator]  # fmt: skip

    return " && ".join(test(*one) for one in rule["tests"])


def as_python(rules_: list[Rule]) -> str:
    """What a careful person would write by hand: one function, an `if` for each rule."""

    def test(fact: str, operator: str, value: Any) -> str:
        name = _name(fact)
        return {
            "is": f"{name} == {value!r}", "true": name, "has": f"{value!r} in {name}",
            "lacks": f"{value!r} not in {name}", "least": f"{name} >= {value}",
            "below": f"{name} < {value}", "ends": f"{name}.endswith({value!r})",
            "in": f"{name} in {tuple(value or ())!r}" if operator == "in" else "",
        }[operator]  # fmt: skip

    facts = ("kind", "intent", "tags", "recipient.region", *FLAGS, "confidence", "order.value",
             "order.age", "recipient.domain")  # fmt: skip
    lines = ["def decide(message):", "    fired = []"]
    lines.extend(f"    {_name(fact)} = message[{fact!r}]" for fact in facts)
    for rule in rules_:
        lines.append(f"    if {' and '.join(test(*one) for one in rule['tests'])}:")
        lines.append(f"        fired.append({rule['id']})")
    return "\n".join([*lines, "    return fired", ""])
