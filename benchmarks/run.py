"""Run all benchmarks of this folder and print their ratios as one table.

A ratio above 1 means that sklstm is faster than its peer in the same run. The goals are
ratios for an otherwise idle machine with 2 cores.
"""

import argparse
import importlib

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
    arguments = parser.parse_args()
    rows = [row for name in BENCHMARKS for row in importlib.import_module(name).rows()]
    print_table(rows)
    if arguments.out:
        _table(rows).to_csv(arguments.out, index=False)


if __name__ == "__main__":
    main()
