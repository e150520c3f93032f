"""What all sections of a configuration have in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Count", "Number", "Section"]

# A number must be a number: TOML's true, "4096" and 4096.0 are not counts.
Count = Annotated[int, Field(strict=True)]
Number = Annotated[float, Field(strict=True)]


class Section(BaseModel):
    """Settings shared by all sections: immutable, no unknown keys, no NaN."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True
    )
