"""The ports on AWS: the table, schedules, the workflow, settings."""
