import pytest

from drivers.errors import RecordingError
from drivers.recordings.extras import require


def test_a_missing_library_is_named_with_the_way_to_get_it():
    with pytest.raises(RecordingError, match=r"no_such_library: pip install 'palmaris\[recordings\]'"):
        require("no_such_library")
    assert require("json").dumps([1]) == "[1]"
