"""The batch job: an archive of any size to a table, a report and a preview of the policy."""
