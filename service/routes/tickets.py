"""Tickets: for browsers, which cannot send a token with a websocket."""

from fastapi import APIRouter
from fastapi.requests import Request
from pydantic import BaseModel, Field

from service.routes.refusals import refused
from service.security.tickets import LIFE_S

router = APIRouter(prefix="/v1/tickets", tags=["service"])
REFUSED = refused(401, 429)


class Ticket(BaseModel):
    """Good for one websocket: add it to the address as ?ticket=TICKET."""

    ticket: str
    expires_s: int = Field(description="Seconds until it is void.")


@router.post("", status_code=201, responses=REFUSED)
async def give_ticket(request: Request) -> Ticket:
    """A ticket that allows what the token of this request allows."""
    return Ticket(ticket=request.state.security.tickets.give(request.state.who), expires_s=LIFE_S)
