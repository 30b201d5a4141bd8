"""Reading, composing and scanning of messages; no network."""
