"""The projection of a short row in rational arithmetic, by trying every set."""

from fractions import Fraction
from itertools import chain, combinations

import numpy as np


def exact_projection(row, lower, upper, pairs, weight):
    """Return the closest row that obeys, rounded once.

    A block rises above the level that is best for it as a whole where one of its upper
    sets gains by it, and falls below it where one of its lower sets does.
    """
    y, w = ([Fraction(float(v)) for v in numbers] for numbers in (row, weight))
    lower, upper = np.asarray(lower).tolist(), np.asarray(upper).tolist()
    projected = [Fraction(0)] * len(y)

    def solve(block):
        level = sum(w[i] * y[i] for i in block) / sum(w[i] for i in block)
        low, high = max(lower[i] for i in block), min(upper[i] for i in block)
        level = level if low == -np.inf else max(level, Fraction(low))
        level = level if high == np.inf else min(level, Fraction(high))
        for part in _best_sets(block, level):
            if part:
                solve(part)
                solve(block - part)
                return
        for i in block:
            projected[i] = level

    def _best_sets(block, level):
        def gain(part, sign):
            # What must move counts more than what gains by it.
            must = sum(lower[i] > level if sign > 0 else upper[i] < level for i in part)
            return must, sum(sign * w[i] * (y[i] - level) for i in part)

        def closed(part, ahead, behind):
            return not any(
                pair[behind] in part and pair[ahead] in block - part for pair in pairs
            )

        sets = [frozenset(part) for part in _subsets(block)]
        rising = [
            s for s in sets if closed(s, 1, 0) and all(upper[i] > level for i in s)
        ]
        falling = [
            s for s in sets if closed(s, 0, 1) and all(lower[i] < level for i in s)
        ]
        for sign, candidates in ((1, rising), (-1, falling)):
            best = max(candidates, key=lambda part: (*gain(part, sign), -len(part)))
            yield best if gain(best, sign) > (0, 0) else frozenset()

    if y:
        solve(frozenset(range(len(y))))
    return np.array([float(x) for x in projected])


def _subsets(block):
    return chain.from_iterable(combinations(block, n) for n in range(len(block) + 1))
