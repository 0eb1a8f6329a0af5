"""The check that private names of other packages stay in the modules made for them."""

import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "scripts" / "check_private_names.py"


@pytest.fixture(scope="module")
def find_private_names():
    """The function of the script, which is not part of a source distribution."""
    if not SCRIPT.exists():
        pytest.skip("scripts are not distributed")
    spec = importlib.util.spec_from_file_location(SCRIPT.stem, SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.find_private_names


@pytest.mark.parametrize(
    "code",
    [
        "from sklearn.utils import _safe_indexing",
        "from sklearn.utils._tags import get_tags",
        "import sklearn.utils._tags",
        "import sklearn\nsklearn.utils._indexing",
        "from keras.src import ops",
        "import keras\nkeras.src.ops",
        "def last(pipeline):\n    return pipeline._final_estimator",
        "def has(model):\n    return hasattr(model, '_compile_metrics')",
        "class Own:\n    def fit(self):\n        self._validate_params()",
        "class Own:\n    def _sk_visual_block_(self):\n        pass",
    ],
)
def test_a_private_name_of_another_package_is_found(find_private_names, tmp_path, code):
    (tmp_path / "module.py").write_text(code, encoding="utf-8")
    (found,) = find_private_names(tmp_path)
    assert found.startswith("module.py:")
    (tmp_path / "module.py").unlink()
    (tmp_path / "_utils").mkdir()
    (tmp_path / "_utils" / "sklearn_private.py").write_text(code, encoding="utf-8")
    assert not find_private_names(tmp_path)


def test_own_private_names_and_public_ones_are_free(find_private_names, tmp_path):
    code = (
        "from sklearn.base import clone\n"
        "from sklstm._utils.text import _cut\n"
        "def _of(model):\n"
        "    model._state = clone(model)\n"
        "    vars(model).update({'_other': 1})\n"
        "    return model._state, model._other\n"
    )
    (tmp_path / "module.py").write_text(code, encoding="utf-8")
    assert not find_private_names(tmp_path)
