"""What can go wrong with models and data sets.

    ModelError
    ├── ModelUnknown     no shipped model has that name, and no file is there
    ├── ModelUnreadable  the file is no model of ours, or is damaged
    ├── ModelMismatch    the model and what it should work with (a device, a head) do not fit
    ├── GridUnusable     a map of electrodes is damaged, or does not fit the channels
    └── ParityError      the exported graph differs from the network it came from
    DatasetError         a data set is missing, incomplete or not what its loader expects

Every message names the remedy.
"""


class ModelError(Exception):
    """A model cannot be used."""


class ModelUnknown(ModelError):
    """No shipped model has that name, and no file is there."""


class ModelUnreadable(ModelError):
    """The file is no model of ours, or is damaged."""


class ModelMismatch(ModelError):
    """The model and what it should work with do not fit."""


class GridUnusable(ModelError):
    """A map of electrodes is damaged, or does not fit the channels."""


class ParityError(ModelError):
    """The exported graph differs from the network it came from."""


class DatasetError(Exception):
    """A data set is missing, incomplete or not what its loader expects."""
