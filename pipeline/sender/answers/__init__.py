"""What the routes answer, as their description shows it; a test holds the answers to it.

Answers may have more members than stand here: a client leaves out what it does not know.
"""

from pipeline.sender.answers.administration import (
    AccountAnswer,
    AllowlistEntry,
    AllowlistPage,
    ConsentHistory,
    ContactAnswer,
    ContactPage,
    Done,
    KeyMade,
    KeyPage,
    MailboxAnswer,
    MailboxPage,
    OptInAnswer,
    PersonMade,
    PrivacyRequestAnswer,
    RecordPage,
    SuppressionPage,
    UpgradeCodeShown,
    UpgradeWishes,
    UsageAnswer,
    WebhookAnswer,
    WebhookPage,
)
from pipeline.sender.answers.base import Problem, answer
from pipeline.sender.answers.emails import (
    BatchAnswer,
    DecisionAnswer,
    EmailAnswer,
    EmailPage,
    EmailView,
    FileAddress,
    FullEmail,
    ListedEmail,
    PendingPage,
    SentAnswer,
    TagsAnswer,
    ThreadAnswer,
)

__all__ = [
    "AccountAnswer", "AllowlistEntry", "AllowlistPage", "BatchAnswer", "ConsentHistory",
    "ContactAnswer", "ContactPage", "DecisionAnswer", "Done", "EmailAnswer", "EmailPage",
    "EmailView", "FileAddress", "FullEmail", "KeyMade", "KeyPage", "ListedEmail",
    "MailboxAnswer", "MailboxPage", "OptInAnswer", "PendingPage", "PersonMade",
    "PrivacyRequestAnswer", "Problem", "RecordPage", "SentAnswer", "SuppressionPage",
    "TagsAnswer", "ThreadAnswer", "UpgradeCodeShown", "UpgradeWishes", "UsageAnswer",
    "WebhookAnswer", "WebhookPage", "answer",
]  # fmt: skip
