"""What the OpenAPI document says of a route that may refuse."""

from typing import Any

from service.messages import Problem


def refused(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """With these statuses, the answer is a problem in words."""
    return {status: {"model": Problem} for status in statuses}
