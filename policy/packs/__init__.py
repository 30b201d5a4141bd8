"""The shipped packs: ordinary policy files without `allow`, so that using one only makes stricter."""
