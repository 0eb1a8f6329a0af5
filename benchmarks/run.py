"""Run all benchmarks of this folder and print their ratios as one table.

A ratio above 1 means that sklstm is faster than its peer in the same run. The goals are
ratios for an otherwise idle machine with 2 cores.
"""

import argparse
import importlib
from pathlib import Path

import pandas as pd

BENCHMARKS = ("bench_projection", "bench_lstm")


def print_table(rows):
    """Print rows of ``work, peer, ours_s, peer_s, ratio, goal`` as a table."""
    print(_table(rows).to_string(index=False))


def _table(rows):
    table = pd.DataFrame(rows)
    for column in ("ours_s", "peer_s"):
        table[column] = table[column].map("{:.4g}".format)
    table["ratio"] = table["ratio"].map("{:.3g}".format)
    return table.fillna("").rename(
        columns={"ours_s": "sklstm (s)", "peer_s": "peer (s)"}
    )


def main():
    """Run the benchmarks, and write the table to the file `--out`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", help="a CSV file")
    parser.add_argument(
        "--only",
        choices=BENCHMARKS,
        help="run this one; rows of the others in the file `--out` are kept",
    )
    arguments = parser.parse_args()
    tables = {name: pd.DataFrame() for name in BENCHMARKS}
    if arguments.only and arguments.out and Path(arguments.out).exists():
        kept = pd.read_csv(arguments.out, dtype=str, keep_default_na=False)
        tables |= dict(iter(kept.groupby("benchmark", sort=False)))
    for name in [arguments.only] if arguments.only else BENCHMARKS:
        tables[name] = _table(importlib.import_module(name).rows())
        tables[name].insert(0, "benchmark", name)
        print(tables[name].to_string(index=False))
    if arguments.out:
        pd.concat(tables.values()).to_csv(arguments.out, index=False)


if __name__ == "__main__":
    main()
