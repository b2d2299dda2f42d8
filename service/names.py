"""Names of files, as clients may hear them."""


def speakable(name: str) -> bool:
    """Whether a file's name is text: one that is not can neither be told to anybody nor asked for."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
