"""What can go wrong between a device and its samples.

    DriverError
    ├── SourceUnknown      the URI names no driver, or an option that the driver does not have
    ├── SourceUnavailable  the source cannot be opened now: missing, in use, not permitted
    ├── SourceLost         the source was open and is gone; opening it again may help
    └── RecordingError     the file is not a recording that can be read

    EndOfStream            a finite recording was read to its end; not a failure, so outside the tree

Every message names the remedy.
"""


class DriverError(Exception):
    """A source cannot give samples."""


class SourceUnknown(DriverError):
    """The URI names no driver, or an option that the driver does not have."""


class SourceUnavailable(DriverError):
    """The source cannot be opened now."""


class SourceLost(DriverError):
    """The source was open and is gone."""


class RecordingError(DriverError):
    """The file is not a recording that can be read."""


class EndOfStream(Exception):
    """A finite recording was read to its end."""
