"""The root of the command line: which verbs there are, and what happens to an unforeseen error."""

import os
import sys
from typing import Annotated

import typer

from pipeline.cli.lazy import Verb, group

__all__ = ["main"]

_POLICY = "Write policies"
_MAIL = "Sort and send mail"
_MODEL = "Teach the classifier"

_POLICY_VERBS = {
    "check": Verb("Show every mistake of a policy.", "pipeline.cli.policy_commands.check:check"),
    "verify": Verb(
        "Prove a policy, or show a message that breaks it.",
        "pipeline.cli.policy_commands.verify:verify",
    ),
    "test": Verb(
        "Run a policy's examples and show what they leave untested.",
        "pipeline.cli.policy_commands.test:examples",
    ),
    "decide": Verb(
        "Decide one message and explain the decision.", "pipeline.cli.policy_commands.decide:decide"
    ),
    "facts": Verb(
        "List the facts that a rule may read.", "pipeline.cli.policy_commands.facts:facts"
    ),
    "fmt": Verb("Lay out policy files.", "pipeline.cli.policy_commands.fmt:fmt"),
    "lint": Verb("Find rules that never matter.", "pipeline.cli.policy_commands.lint:lint"),
    "diff": Verb(
        "Show which messages a change of policy decides otherwise.",
        "pipeline.cli.policy_commands.diff:diff",
    ),
    "cases": Verb(
        "Write examples that pin down every rule.", "pipeline.cli.policy_commands.cases:cases"
    ),
    "recheck": Verb(
        "Check a certificate again, without a solver.",
        "pipeline.cli.policy_commands.recheck:recheck",
    ),
    "impact": Verb(
        "Replay classified mail under two policies.", "pipeline.cli.policy_commands.impact:impact"
    ),
    "doc": Verb("Write a policy as a page for an auditor.", "pipeline.cli.policy_commands.doc:doc"),
    "init": Verb("Start a policy of your own.", "pipeline.cli.policy_commands.init:init"),
    "explain-code": Verb(
        "Explain a mistake by its code.", "pipeline.cli.policy_commands.explain_code:explain_code"
    ),
    "lsp": Verb(
        "Serve an editor over the Language Server Protocol.", "pipeline.cli.policy_commands.lsp:lsp"
    ),
}

_LIFECYCLE_VERBS = {
    "verify": Verb(
        "Prove the claims about the life of a message.",
        "pipeline.cli.lifecycle_commands.verify:verify",
    ),
    "diagram": Verb(
        "Draw the states of a message.", "pipeline.cli.lifecycle_commands.diagram:diagram"
    ),
    "explain": Verb(
        "Tell what may happen to a message in a state.",
        "pipeline.cli.lifecycle_commands.explain:explain",
    ),
}

_REVIEWS_VERBS = {
    "export": Verb(
        "Write reviewed mail as training text.", "pipeline.cli.model_commands.reviews_export:export"
    )
}

_MODEL_VERBS = {
    "evaluate": Verb(
        "Measure a model on labelled mail.", "pipeline.cli.model_commands.evaluate:evaluate"
    ),
    "audit": Verb(
        "Check the promise about fraud on reviewed mail, and drift.",
        "pipeline.cli.model_commands.audit:audit",
    ),
    "suggest": Verb(
        "List the messages whose labels would teach most.",
        "pipeline.cli.model_commands.suggest:suggest",
    ),
    "reviews": Verb("Get at what reviewers said.", verbs=_REVIEWS_VERBS),
    "list": Verb("Show the versions of a model.", "pipeline.cli.model_commands.list:list_versions"),
    "card": Verb("Print the model card.", "pipeline.cli.model_commands.card:card"),
    "shadow": Verb(
        "Show what a candidate would read otherwise.", "pipeline.cli.model_commands.shadow:shadow"
    ),
    "use": Verb("Make a version live.", "pipeline.cli.model_commands.use:use"),
    "rollback": Verb(
        "Go back to the version before.", "pipeline.cli.model_commands.rollback:rollback"
    ),
    "prune": Verb("Remove old versions.", "pipeline.cli.model_commands.prune:prune_versions"),
}

_AUDIT_VERBS = {
    "verify": Verb(
        "Check that nobody changed the audit log.", "pipeline.cli.audit_commands.verify:verify"
    ),
    "export": Verb(
        "Write the audit log as JSON lines.", "pipeline.cli.audit_commands.export:export"
    ),
}

_EML_VERBS = {
    "export": Verb(
        "Write the originals of a selection back as an mbox.",
        "pipeline.cli.eml_commands.export:export",
    )
}

_KEY_VERBS = {"create": Verb("Make an API key.", "pipeline.cli.key_commands.create:create")}

_IDENTITY_VERBS = {
    "verify": Verb(
        "Check who let a message leave.", "pipeline.cli.identity_commands.verify:verify"
    ),
    "rotate": Verb(
        "Put a new key into use for what leaves.", "pipeline.cli.identity_commands.rotate:rotate"
    ),
}

_PERSON_VERBS = {
    "create": Verb(
        "Let a person sign in to the console.", "pipeline.cli.person_commands.create:create"
    ),
    "renew": Verb(
        "Give a person a new password and second factor.",
        "pipeline.cli.person_commands.renew:renew",
    ),
    "list": Verb(
        "Show who may sign in to the console.", "pipeline.cli.person_commands.list:list_people"
    ),
    "disable": Verb(
        "Shut a person out of the console.", "pipeline.cli.person_commands.disable:disable"
    ),
}

_RECEIVE_VERBS = {
    "lmtp": Verb("Take mail over LMTP.", "pipeline.cli.receive_commands.listen:lmtp"),
    "smtp": Verb("Take mail over SMTP.", "pipeline.cli.receive_commands.listen:smtp"),
    "imap": Verb("Fetch mail over IMAP.", "pipeline.cli.receive_commands.imap:imap"),
}

_STORE_VERBS = {
    "status": Verb("Show what stands in a store.", "pipeline.cli.store_commands.status:status"),
    "upgrade": Verb(
        "Bring a store up to this program.", "pipeline.cli.store_commands.upgrade:upgrade"
    ),
    "restored": Verb(
        "Hold back what a restored backup had queued.",
        "pipeline.cli.store_commands.restored:restored",
    ),
}

_VERBS = {
    "policy": Verb("Check, prove, test and explain policies.", verbs=_POLICY_VERBS, panel=_POLICY),
    "lifecycle": Verb(
        "Prove and draw the life of a message.", verbs=_LIFECYCLE_VERBS, panel=_POLICY
    ),
    "classify": Verb("Sort an inbox export.", "pipeline.cli.classify:classify", panel=_MAIL),
    "eml": Verb("Get at the original messages.", verbs=_EML_VERBS, panel=_MAIL),
    "serve": Verb("Run the sender under a proved policy.", "pipeline.cli.serve:serve", panel=_MAIL),
    "reload": Verb(
        "Put a changed policy into force while the service runs.",
        "pipeline.cli.reload:reload",
        panel=_MAIL,
    ),
    "receive": Verb("Take mail into a running service.", verbs=_RECEIVE_VERBS, panel=_MAIL),
    "mcp": Verb(
        "Give AI agents tools to read and write mail.", "pipeline.cli.mcp:mcp", panel=_MAIL
    ),
    "doctor": Verb(
        "Find what stands in the way of mail that arrives.",
        "pipeline.cli.doctor:doctor",
        panel=_MAIL,
    ),
    "settings": Verb(
        "Show the settings in force, and where each comes from.",
        "pipeline.cli.settings:settings",
        panel=_MAIL,
    ),
    "key": Verb("Make API keys.", verbs=_KEY_VERBS, panel=_MAIL),
    "person": Verb("Say who may sign in to the console.", verbs=_PERSON_VERBS, panel=_MAIL),
    "identity": Verb("Sign and check who lets mail leave.", verbs=_IDENTITY_VERBS, panel=_MAIL),
    "store": Verb("Look after the database.", verbs=_STORE_VERBS, panel=_MAIL),
    "audit": Verb("Check and export the audit log.", verbs=_AUDIT_VERBS, panel=_MAIL),
    "demo": Verb(
        "Run the whole of Gatepost on the sample inbox.", "pipeline.cli.demo:demo", panel=_MAIL
    ),
    "train": Verb("Train a classifier.", "pipeline.cli.train:train", panel=_MODEL),
    "explain": Verb(
        "Explain how a message is classified.", "pipeline.cli.explain:explain", panel=_MODEL
    ),
    "model": Verb(
        "Measure, audit and change the model of the classifier.", verbs=_MODEL_VERBS, panel=_MODEL
    ),
}

_DOC = "Stands between whatever writes a shop's e-mail and the mail server."


def _tell_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(version("gatepost"))
        raise typer.Exit


def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Show the version and exit.", callback=_tell_version, is_eager=True
        ),
    ] = False,
) -> None:
    """The options of `gatepost` itself."""


def main() -> None:
    """Run the command line; an unforeseen error becomes one line and exit code 70."""
    try:
        group("gatepost", _DOC, _VERBS, _options)()
    except Exception as error:
        if os.environ.get("GATEPOST_DEBUG"):
            raise
        print(
            f"gatepost: internal error: {type(error).__name__}: {error}\n"
            "This is a defect of Gatepost. Set GATEPOST_DEBUG=1 to see where, and report it.",
            file=sys.stderr,
        )
        sys.exit(70)
