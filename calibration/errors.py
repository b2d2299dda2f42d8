"""What can go wrong around users, their calibrations and what is stored of them.

    CalibrationError
    ├── PlanInvalid          a calibration cannot be run as planned
    ├── CalibrationBusy      the user is being calibrated already
    ├── CalibrationOver      the calibration was accepted or aborted and takes nothing more
    ├── FitFailed            the fit gave no head
    ├── CalibrationUnknown   there is no such calibration
    ├── TrialUnknown         there is no such trial
    ├── HeadUnknown          there is no such head
    ├── ReportUnknown        nothing was measured of a head when it was made
    ├── UserUnknown          there is no such user
    ├── UserExists           the name is taken
    ├── ProfileInvalid       a file is no profile of a user
    ├── NotStorable          a value that the store cannot hold
    ├── StoreUnavailable     nothing can be stored or read now: disk full, read-only, database locked or gone
    └── StoreDamaged         what was stored is not what is there

Every message names the remedy. A call that raises has changed nothing.
"""


class CalibrationError(Exception):
    """What was asked of the calibration cannot be done."""


class PlanInvalid(CalibrationError):
    """A calibration cannot be run as planned."""


class CalibrationBusy(CalibrationError):
    """The user is being calibrated already."""


class CalibrationOver(CalibrationError):
    """The calibration was accepted or aborted and takes nothing more."""


class FitFailed(CalibrationError):
    """The fit gave no head."""


class CalibrationUnknown(CalibrationError):
    """There is no such calibration."""


class TrialUnknown(CalibrationError):
    """There is no such trial."""


class HeadUnknown(CalibrationError):
    """There is no such head."""


class ReportUnknown(CalibrationError):
    """Nothing was measured of a head when it was made."""


class UserUnknown(CalibrationError):
    """There is no such user."""


class UserExists(CalibrationError):
    """The name is taken."""


class ProfileInvalid(CalibrationError):
    """A file is no profile of a user."""


class NotStorable(CalibrationError):
    """A value that the store cannot hold."""


class StoreUnavailable(CalibrationError):
    """Nothing can be stored or read now."""


class StoreDamaged(CalibrationError):
    """What was stored is not what is there."""
