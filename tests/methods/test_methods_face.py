import subprocess
import sys
from pathlib import Path

import pytest

from huasuan import methods

DOC = Path(__file__).parents[2] / "docs" / "methods.md"
HEAVY_AFTER_IMPORT = "import sys, huasuan.methods; print(sorted({'numpy', 'scipy'} & set(sys.modules)))"


def test_importing_the_face_loads_nothing_heavy():
    result = subprocess.run([sys.executable, "-c", HEAVY_AFTER_IMPORT], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize("name", methods.__all__)
def test_every_public_name_loads_and_says_what_it_is(name):
    value = getattr(methods, name)
    assert value.__doc__.strip()
    assert value.__module__.startswith("huasuan.methods.")


@pytest.mark.parametrize("name", [name for name in methods.__all__ if name[0].islower()])
def test_every_function_is_in_the_documentation(name):
    assert f"`{name}`" in DOC.read_text(encoding="utf-8")


def test_the_face_lists_its_names_once():
    assert dir(methods) == sorted(set(methods.__all__))


def test_an_unknown_name_is_an_error():
    with pytest.raises(AttributeError, match="no_such_method"):
        _ = methods.no_such_method
