from calibration.plan import Trial
from calibration.prompts import words


def test_gestures_are_said_in_words_with_the_arm_s_position() -> None:
    assert words("prepare", Trial("hand_close", 1), "") == "Get ready: hand close."
    assert "hand close, arm reaching up" in words("hold", Trial("hand_close", 1, "reaching up"), "")


def test_a_pause_says_why() -> None:
    assert words("paused", None, "the device is gone") == "Paused: the device is gone."
