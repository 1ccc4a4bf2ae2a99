"""Findings on the expanded template that are left as they are, each with the reason.

A finding that is not here stops the gate, and so does an entry that nothing is found for any more.
"""

from collections.abc import Mapping

FUNCTIONS = ("OrderConfirmation", "DeliveryTracking", "LifecycleReminders", "InboundReplies", "SendMessage")
EVERY_FUNCTION = tuple(f"{name}Function" for name in (*FUNCTIONS, "CustomerPages"))
EVERY_LOG = (*(f"{name}Logs" for name in (*FUNCTIONS, "CustomerPages", "HttpApi", "SendWithFallback")),)
EVERY_QUEUE = (
    "ScheduleDeadLetters",
    "InvocationDeadLetters",
    "SmsEventsDeadLetters",
    "EmailEventsDeadLetters",
    "WhatsAppEventsDeadLetters",
)

CFN_LINT: Mapping[str, tuple[tuple[str, ...], str]] = {
    "W2001": (("CodeSha256",), "SAM's transform has used it up: it is in the names of versions and layers"),
}
CHECKOV: Mapping[str, tuple[tuple[str, ...], str]] = {
    "CKV_AWS_26": (
        ("SmsEventsTopic", "WhatsAppEventsTopic", "EmailEventsTopic", "AlarmTopic"),
        "a topic keeps nothing; AWS's channels and CloudWatch cannot use AWS's own key for topics, and"
        " alarms hold no data of anybody's",
    ),
    "CKV_AWS_27": (
        EVERY_QUEUE,
        "encrypted by SQS's own key (SqsManagedSseEnabled, held by a test): the scheduler and SNS would each"
        " need access to a key of ours, and a fault in its policy would lose dead letters",
    ),
    "CKV_AWS_116": (
        EVERY_FUNCTION,
        "a function that is invoked asynchronously has a failure destination on its alias, which keeps the"
        " error as well (held by a test); the others are waited for by their callers",
    ),
    "CKV_AWS_117": (
        EVERY_FUNCTION,
        "there is nothing in a network of ours to reach; inside one each send would need a NAT gateway",
    ),
    "CKV_AWS_115": (
        ("LifecycleRemindersFunction", "SendMessageFunction"),
        "no stranger can invoke them, and a limit would only make what is due late; what strangers can reach"
        " has one (FloodLimit, held by a test)",
    ),
    "CKV_AWS_119": (
        ("Table",),
        "encrypted by DynamoDB's own key: a key of ours costs calls and is one more way to lose it all",
    ),
    "CKV_AWS_158": (
        EVERY_LOG,
        "encrypted by CloudWatch's own key; logs hold ids and codes, no person (§ Private)",
    ),
    "CKV_AWS_173": (EVERY_FUNCTION, "no variable is a secret (held by a test): keys lie in Secrets Manager"),
}
