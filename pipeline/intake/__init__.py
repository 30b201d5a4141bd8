"""Mail archives and ticket exports of any size, as rows of one schema."""
