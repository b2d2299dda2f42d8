import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.pipeline.symbols import (
    BACKSPACE,
    BLANK,
    SYMBOLS,
    classes,
    cleaned,
    on_screen,
    symbol_of_key,
    text_of,
    typed,
)


def test_there_are_98_and_a_blank():
    assert len(SYMBOLS) == len(set(SYMBOLS)) == BLANK == 98
    assert SYMBOLS[-4:] == ("⌫", "⏎", " ", "⇧")


@given(st.text(st.sampled_from(SYMBOLS)))
def test_classes_and_text_are_inverses(text):
    assert text_of(classes(text)) == text
    assert cleaned(text) == text


def test_what_cannot_be_typed_is_refused():
    with pytest.raises(ValueError, match="cleaned"):
        classes("añ")


def test_text_is_cleaned():
    assert cleaned("“Où”—’n\r\ncafé 語\t!") == '"Ou"-\'n⏎cafe !'


def test_keys_of_a_key_logger():
    keys = ("a", "Z", "Key.space", "Key.backspace", "Key.enter", "Key.shift", "’", "\r")
    assert [symbol_of_key(key) for key in keys] == ["a", "Z", " ", "⌫", "⏎", "⇧", "'", "⏎"]
    assert symbol_of_key("Key.tab") == symbol_of_key("Key.shift_r") == symbol_of_key("語") == ""


def test_shift_goes_down_once_for_a_run():
    assert typed("Hi, NASA!\n(a)") == "⇧Hi, ⇧NASA!⏎⇧(a⇧)"


@given(st.text(st.sampled_from([*(set(SYMBOLS) - set("⌫⏎⇧")), "\n"])))
def test_typing_a_text_puts_it_on_the_screen(text):
    assert on_screen(typed(text)) == text


def test_backspace_takes_back_on_the_screen():
    assert on_screen(f"{BACKSPACE}th⇧E{BACKSPACE}e{BACKSPACE * 9}ok⏎") == "ok\n"
