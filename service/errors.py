"""What can go wrong around the service, and the exit code that a script sees.

    ServiceError
    ├── SettingsError    a setting is not valid
    ├── CannotListen     the address is taken or not ours
    ├── NoService        nothing answers at that address
    │   └── Refused      it answers, but not this client (service/connection.py)
    ├── StreamUnknown    the service has no such stream
    ├── StreamRefused    the service cannot, or may not, serve what was ordered
    ├── RecordingUnknown the service has no such recording, or no such marker in it
    ├── RecordingRefused what was asked cannot be done with this recording
    ├── TooLong          a recording is too long for what was asked
    ├── Busy             one at a time, and there is one
    ├── ModelNotHere     the service has no such model
    ├── TokenUnknown     there is no such token
    └── TokenRefused     the token may not be made, or not be revoked

Exit codes: 0 done, 1 a bug, 2 wrong usage, 3 the source, 4 the model or the data, 5 the network, 6 users and what
is stored of them, 130 interrupted.
"""

from calibration.errors import (
    CalibrationError,
    CalibrationUnknown,
    HeadUnknown,
    NotStorable,
    PlanInvalid,
    ProfileInvalid,
    ReportUnknown,
    StoreDamaged,
    StoreUnavailable,
    TrialUnknown,
    UserUnknown,
)
from drivers.errors import DriverError, RecordingError, SourceUnknown
from models.errors import DatasetError, ModelError, ModelUnknown


class ServiceError(Exception):
    """The service cannot do what was asked."""


class SettingsError(ServiceError):
    """A setting is not valid."""


class CannotListen(ServiceError):
    """The address is taken or not ours."""


class NoService(ServiceError):
    """Nothing answers at that address."""


class StreamUnknown(ServiceError):
    """The service has no such stream."""


class StreamRefused(ServiceError):
    """The service cannot, or may not, serve what was ordered."""


class RecordingUnknown(ServiceError):
    """The service has no such recording, or no such marker in it."""


class RecordingRefused(ServiceError):
    """What was asked cannot be done with this recording."""


class TooLong(ServiceError):
    """A recording is too long for what was asked."""


class Busy(ServiceError):
    """One at a time, and there is one."""


class ModelNotHere(ServiceError):
    """The service has no such model."""


class TokenUnknown(ServiceError):
    """There is no such token."""


class TokenRefused(ServiceError):
    """The token may not be made, or not be revoked."""


EXPECTED = (DriverError, ModelError, DatasetError, CalibrationError, ServiceError)

_CODES: tuple[tuple[tuple[type[Exception], ...], int], ...] = (
    ((SourceUnknown, ModelUnknown, SettingsError, TokenUnknown, TokenRefused), 2),
    ((RecordingError, ModelError, DatasetError), 4),
    ((CalibrationError,), 6),
    ((DriverError,), 3),
    ((ServiceError,), 5),
)


def exit_code(error: Exception) -> int:
    """The exit code of an expected error."""
    return next(code for kinds, code in _CODES if isinstance(error, kinds))


_STATUS: tuple[tuple[tuple[type[Exception], ...], int], ...] = (
    (
        (UserUnknown, CalibrationUnknown, TrialUnknown, HeadUnknown, ReportUnknown, StreamUnknown, RecordingUnknown),
        404,
    ),
    ((ModelNotHere, TokenUnknown), 404),
    ((PlanInvalid, NotStorable, ProfileInvalid, SourceUnknown, ModelUnknown), 422),
    ((TooLong,), 413),
    ((StoreUnavailable, StoreDamaged, Busy), 503),
)


def status_of(error: Exception) -> int:
    """The HTTP status of an expected error; 409, it does not fit the moment, where there is no better one."""
    return next((code for kinds, code in _STATUS if isinstance(error, kinds)), 409)
