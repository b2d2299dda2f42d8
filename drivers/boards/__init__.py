"""Boards: one sans-I/O packet parser and its encoder per wire format.

``BOARDS`` names them: ``board=NAME`` in a ``serial://`` URI -> module, and the function in it that turns a
``SourceUri`` into a ``Board``. A module is imported only when its board is asked for.
"""

BOARDS = {
    "cyton": ("drivers.boards.cyton", "from_uri"),
    "cyton-daisy": ("drivers.boards.cyton", "with_daisy"),
    "emager": ("drivers.boards.emager", "from_uri"),
    "chords": ("drivers.boards.chords", "from_uri"),
    "text": ("drivers.boards.text_lines", "from_uri"),
    "framed": ("drivers.boards.framed", "from_uri"),
}
