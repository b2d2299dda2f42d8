import json

import pytest

from models.errors import DatasetError
from models.extras import require


def test_what_is_there_is_given():
    assert require("json", "recordings", DatasetError) is json


def test_what_is_missing_is_named_with_the_remedy():
    with pytest.raises(DatasetError, match=r"this needs no_such_library: pip install 'palmaris\[recordings\]'"):
        require("no_such_library", "recordings", DatasetError)
