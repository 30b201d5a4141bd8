"""The shipped packs: policy files without `allow`, so that using one only makes stricter."""
