"""Events told to other systems, in the format of Standard Webhooks."""
