"""Tickets: good once, for half a minute, and not many."""

from service.security.identity import OPERATOR, STRANGER
from service.security.tickets import LIFE_S, MOST, Tickets


def test_a_ticket_is_good_once() -> None:
    tickets = Tickets()
    ticket = tickets.give(OPERATOR)
    assert tickets.use(ticket + "x") is None
    assert tickets.use(ticket) is OPERATOR
    assert tickets.use(ticket) is None


def test_a_ticket_grows_old() -> None:
    now = 100.0
    tickets = Tickets(lambda: now)
    early, late = tickets.give(OPERATOR), tickets.give(OPERATOR)
    now += LIFE_S - 0.001
    assert tickets.use(early) is OPERATOR
    now += 0.001
    assert tickets.use(late) is None


def test_too_many_tickets_void_the_oldest() -> None:
    tickets = Tickets()
    first, second = tickets.give(STRANGER), tickets.give(STRANGER)
    for _ in range(MOST - 1):
        last = tickets.give(STRANGER)
    assert tickets.use(first) is None
    assert tickets.use(second) is STRANGER
    assert tickets.use(last) is STRANGER


def test_the_text_is_not_kept() -> None:
    tickets = Tickets()
    ticket = tickets.give(OPERATOR)
    assert ticket not in repr(vars(tickets))
