from __future__ import annotations

import pytest

from bipro_sync.model.release import release_problem


@pytest.mark.parametrize("version", ["1", "1.0.1.0", "1.1.1.0", "1.0.2.0.0"])
def test_release_1_is_not_supported_and_the_sentence_says_why(version):
    assert "Release 1 is not supported, because" in release_problem(version)


@pytest.mark.parametrize("version", ["2.1.1.1.0", "2.4.4.1.1", "2.8.0.1.0", "10.0.0.0.0", ""])
def test_release_2_has_no_problem(version):
    assert release_problem(version) is None
