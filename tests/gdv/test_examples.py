import doctest
import importlib
import pkgutil

import pytest

import bipro_sync.gdv


@pytest.mark.parametrize("name", ["", *sorted(module.name for module in pkgutil.iter_modules(bipro_sync.gdv.__path__))])
def test_the_examples_in_the_documentation_are_true(name):
    module = importlib.import_module(f"bipro_sync.gdv.{name}".rstrip("."))
    assert doctest.testmod(module).failed == 0
