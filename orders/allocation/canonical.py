"""One value, one sequence of bytes: the canonical JSON behind digests and comparisons."""

import hashlib
import json
from typing import Any


def dump(value: object) -> bytes:
    """UTF-8 JSON with sorted keys, no spaces and no NaN; equal values give equal bytes."""
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode()


def load(data: bytes) -> Any:  # noqa: ANN401 - JSON may hold anything
    """Inverse of `dump`; raises ValueError if the bytes are not JSON."""
    return json.loads(data)


def digest(data: bytes) -> str:
    """SHA-256 of the bytes, 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()
