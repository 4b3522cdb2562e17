"""Names of `typing` that Python 3.10 hasn't got yet."""

import sys

if sys.version_info >= (3, 11):
    from typing import NotRequired, Self, TypeAlias, Unpack
else:
    from typing import TypeAlias

    from typing_extensions import NotRequired, Self, Unpack

__all__ = ["NotRequired", "Self", "TypeAlias", "Unpack"]
