"""Files that come with a task or a message: read before anything is sent, and no more of them than the engine takes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ._typing import TypeAlias
from .errors import LucidError

AttachedFile: TypeAlias = str | os.PathLike[str] | tuple[str, bytes]
"""A path on this machine, or a name and its bytes."""

NamedBytes: TypeAlias = tuple[str, bytes]

FILES_MAX = 10
"""What the engine takes with one message."""

FILES_BYTES_MAX = 16 * 1024 * 1024
"""Of all of them together, as the engine takes them: a body that is larger isn't read."""


def read_files(files: Sequence[AttachedFile]) -> tuple[NamedBytes, ...]:
    """@raises LucidError where they are too many or too large, OSError where one can't be read"""
    if isinstance(files, (str, bytes)):
        raise TypeError("files: must be a list of files")
    if len(files) > FILES_MAX:
        raise LucidError("invalid", f"There are {len(files)} files; at most {FILES_MAX} come with a message.")
    read: list[NamedBytes] = []
    room = FILES_BYTES_MAX
    for file in files:
        name, content = file if isinstance(file, tuple) else read_file(Path(file), room + 1)
        room -= len(content)
        if room < 0:
            raise LucidError("invalid", f"{name}: the files of a message may hold {FILES_BYTES_MAX} bytes together.")
        read.append((name, content))
    return tuple(read)


def read_file(path: Path, bytes_max: int) -> NamedBytes:
    """Its beginning, where it holds more."""
    with path.open("rb") as opened:
        return path.name, opened.read(bytes_max)
