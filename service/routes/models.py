"""Models: what there is, and what is known of each. Plain functions: a model that is new is loaded first."""

from typing import Annotated

from fastapi import APIRouter, Path

from service.model_shelf import ModelDetail, ModelInfo
from service.routes.deps import Shelf
from service.routes.refusals import refused

router = APIRouter(prefix="/v1/models", tags=["models"])
REFUSED = refused(404)


@router.get("")
def list_models(shelf: Shelf) -> list[ModelInfo]:
    """Every model that a stream can be started with; one that is damaged says so."""
    return shelf.all()


@router.get("/{model}", responses=REFUSED)
def get_model(model: Annotated[str, Path(max_length=255)], shelf: Shelf) -> ModelDetail:
    """One model, with its card."""
    return shelf.get(model)
