"""What the routes answer, as their description shows it; a test holds the answers to it.

Answers may have more members than stand here: a client leaves out what it does not know.
"""

from pipeline.sender.answers.administration import (
    AllowlistEntry,
    AllowlistPage,
    Deleted,
    Done,
    KeyMade,
    KeyPage,
    Made,
    MailboxAnswer,
    MailboxPage,
    PeopleAnswer,
    PersonDone,
    PersonMade,
    UpgradeCodeShown,
    UpgradeWishes,
    WebhookAnswer,
    WebhookDeliveryPage,
    WebhookPage,
)
from pipeline.sender.answers.base import Problem, answer, file_answer
from pipeline.sender.answers.channels import WaitingAnswer
from pipeline.sender.answers.emails import (
    BatchAnswer,
    DecisionAnswer,
    EmailAnswer,
    EmailPage,
    EmailView,
    FileAddress,
    FullEmail,
    LabelsCorrected,
    ListedEmail,
    PendingPage,
    SentAnswer,
    TagNames,
    TagsAnswer,
    ThreadAnswer,
)
from pipeline.sender.answers.people import (
    ConsentHistory,
    ConsentRecorded,
    ContactAnswer,
    ContactPage,
    Erased,
    KnownOfPerson,
    OptInAnswer,
    PrivacyRequestAnswer,
    PrivacyRequestClosed,
    PrivacyRequestsDue,
    Suppressed,
    SuppressionPage,
    Unsuppressed,
)
from pipeline.sender.answers.service import (
    AccountAnswer,
    DomainsAnswer,
    KeySet,
    Paused,
    Ready,
    RecordPage,
    Reloaded,
    StoreExport,
    UsageAnswer,
    Well,
)

__all__ = [
    "AccountAnswer", "AllowlistEntry", "AllowlistPage", "BatchAnswer", "ConsentHistory",
    "ConsentRecorded", "ContactAnswer", "ContactPage", "DecisionAnswer", "Deleted",
    "DomainsAnswer", "Done", "EmailAnswer", "EmailPage", "EmailView", "Erased", "FileAddress",
    "FullEmail", "KeyMade", "KeyPage", "KeySet", "KnownOfPerson", "LabelsCorrected",
    "ListedEmail", "Made", "MailboxAnswer", "MailboxPage", "OptInAnswer", "Paused", "PendingPage",
    "PeopleAnswer", "PersonDone", "PersonMade", "PrivacyRequestAnswer", "PrivacyRequestClosed",
    "PrivacyRequestsDue", "Problem", "Ready", "RecordPage", "Reloaded", "SentAnswer",
    "StoreExport", "Suppressed", "SuppressionPage", "TagNames", "TagsAnswer", "ThreadAnswer",
    "Unsuppressed", "UpgradeCodeShown", "UpgradeWishes", "UsageAnswer", "WaitingAnswer",
    "WebhookAnswer", "WebhookDeliveryPage", "WebhookPage", "Well", "answer", "file_answer",
]  # fmt: skip
