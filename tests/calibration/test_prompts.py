from calibration.plan import Trial
from calibration.prompts import words


def test_gestures_are_said_in_words_with_the_arm_s_position() -> None:
    assert words("prepare", Trial("hand_close", 1), "") == "Get ready: hand close."
    assert "hand close, arm reaching up" in words("hold", Trial("hand_close", 1, "reaching up"), "")


def test_a_pause_says_why() -> None:
    assert words("paused", None, "the device is gone") == "Paused: the device is gone."


def test_a_sentence_is_shown_as_it_is_to_be_typed() -> None:
    assert words("hold", Trial("Hi, you_2", 1), "", "text") == "Type: Hi, you_2"


def test_an_act_is_said_in_words() -> None:
    assert words("hold", Trial("middle", 1), "", "events") == "Now: press with the middle finger, then let go."
    assert words("prepare", Trial("thumb_click", 1), "", "events") == "Get ready: tap with the thumb."
    assert words("hold", Trial("wrist_shake", 1), "", "events") == "Now: make one wrist shake."
