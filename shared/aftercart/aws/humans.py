"""Who is told that a person is needed: the log names the task, and a count wakes an alarm."""

from aftercart.aws.telemetry import count, log
from aftercart.ports import HumanTask


class AlarmedHumans:
    """ports.Humans."""

    def needed(self, task: HumanTask) -> None:
        count("PeopleNeeded", journey=task.journey)
        log.error(
            "person_needed",
            extra={
                "message_id": task.message,
                "order": task.order,
                "journey": task.journey,
                "step": task.step,
                "reason": task.reason,
                "tried": task.tried,
            },
        )
