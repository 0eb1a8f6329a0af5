"""Hypothesis strategies: predictions, and constraints that some row can meet."""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

METHODS = ("sort", "projection", "cummax")
DTYPES = (np.float32, np.float64)
moderate_weights = st.floats(0.125, 8) | st.sampled_from([1.0, 1e-3, 1e3])


@dataclass
class Problem:
    """Predictions, what is asked of them, and a target that obeys."""

    values: np.ndarray
    target: np.ndarray
    options: dict
    pairs: list = field(default_factory=list)

    @property
    def bounds(self):
        """Lower and upper bounds, of shape (n_outputs,)."""
        n_outputs = self.values.shape[1]
        lower, upper = self.options["lower"], self.options["upper"]
        return (
            np.broadcast_to(-np.inf if lower is None else lower, n_outputs),
            np.broadcast_to(np.inf if upper is None else upper, n_outputs),
        )


def predictions(n_samples, n_outputs, dtype, largest=None):
    """Return arrays with ties, zeros of both signs, subnormal and huge values."""
    width = np.dtype(dtype).itemsize * 8
    huge = 2.0**120 if width == 32 else 2.0**1000
    largest = huge if largest is None else largest
    elements = st.one_of(
        st.integers(-4, 4).map(float),
        st.floats(-8, 8, width=width),
        st.floats(-largest, largest, width=width),
        st.sampled_from([0.0, -0.0]),
    )
    return hnp.arrays(dtype, (n_samples, n_outputs), elements=elements)


@st.composite
def orders(draw, n_outputs, *, disjoint):
    """Return an order, and all pairs (a, b) that it says: output a <= output b."""
    kind = draw(st.sampled_from(["increasing", "decreasing", "chains", None]))
    neighbours = list(pairwise(range(n_outputs)))
    if kind == "increasing":
        return kind, neighbours
    if kind == "decreasing":
        return kind, [(b, a) for a, b in neighbours]
    if kind is None:
        return kind, []
    ranked = draw(st.permutations(range(n_outputs)))
    if disjoint:
        cut = draw(st.integers(0, n_outputs))
        chains = [chain for chain in (ranked[:cut], ranked[cut:]) if len(chain) > 1]
    else:
        # Chains that ascend in one common ranking make no cycle.
        members = st.sets(st.sampled_from(range(n_outputs)), min_size=2)
        picked = draw(st.lists(members, max_size=4)) if n_outputs > 1 else []
        chains = [[ranked[i] for i in sorted(chain)] for chain in picked]
    pairs = [pair for chain in chains for pair in pairwise(chain)]
    return chains, pairs


@st.composite
def problems(
    draw,
    *,
    methods=METHODS,
    dtypes=DTYPES,
    largest=None,
    max_samples=6,
    weights=moderate_weights,
):
    """Return a `Problem` of any method, order, bounds, weights and dtype."""
    method = draw(st.sampled_from(methods))
    dtype = draw(st.sampled_from(dtypes))
    n_outputs = draw(st.integers(1, 6))
    n_samples = draw(st.integers(1, max_samples))
    order, pairs = draw(orders(n_outputs, disjoint=method == "sort"))
    target = obeying(draw(predictions(n_samples, n_outputs, dtype, 8.0)), pairs)
    # Room of 0.1 at least holds a number of either dtype.
    room = hnp.arrays(
        float, n_outputs, elements=st.sampled_from([0.1, 0.5, 3.0, np.inf])
    )
    lower = _bound(draw, target.min(axis=0) - draw(room), np.min)
    upper = _bound(draw, target.max(axis=0) + draw(room), np.max)
    options = {
        "method": method,
        "order": order,
        "lower": lower,
        "upper": upper,
        "output_weight": None
        if method in ("sort", "cummax")
        else draw(st.none() | hnp.arrays(float, n_outputs, elements=weights)),
    }
    values = draw(predictions(n_samples, n_outputs, dtype, largest))
    return Problem(values, target, options, pairs)


def _bound(draw, each, over_all):
    kind = draw(st.sampled_from(["none", "shared", "each"]))
    if kind == "none":
        return None
    return float(over_all(each)) if kind == "shared" else each


def obeying(rows, pairs):
    """Return rows lifted until every pair is in order."""
    rows = rows.copy()
    for _ in range(rows.shape[1]):
        for a, b in pairs:
            rows[:, b] = np.maximum(rows[:, a], rows[:, b])
    return rows


def bits(array):
    """Return all that tells two arrays apart, such as the signs of zeros."""
    return array.shape, array.dtype, array.tobytes()
