#!/usr/bin/env python3
"""The oracle against Python's statistics, NIST's figures and SQL's rules; and
every file that a model here wrote against the model.

    python3 tests/oracle/check_oracle.py
"""
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import unittest
from fractions import Fraction

sys.dont_write_bytecode = True
import oracle  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
X, Y = ["col", "x"], ["col", "y"]


def agg(fn, *args):
    return ["agg", fn, *args]


def solve(owners, select, min_group=1, **query):
    """Rows of the answer over owners, each a list of (key, x, y) as text."""
    kinds = {"k": {"type": "category"}}
    kinds.update(dict.fromkeys("xy", {"type": "decimal"}))
    spec = {"files": [], "min_group": min_group, "columns": kinds}
    query.update(name="q", select=[[str(i), e] for i, e in enumerate(select)])
    with tempfile.TemporaryDirectory() as folder:
        for i, rows in enumerate(owners):
            spec["files"].append(f"{i}.csv")
            with open(os.path.join(folder, f"{i}.csv"), "w") as f:
                f.write("k,x,y\n" + "".join(",".join(r) + "\n" for r in rows))
        spec["queries"] = [query]
        with open(os.path.join(folder, "spec.json"), "w") as f:
            json.dump(spec, f)
        return oracle.solve(os.path.join(folder, "spec.json"))[0]


class Aggregates(unittest.TestCase):
    def test_against_statistics(self):
        rng = random.Random(7)
        draw = lambda: "" if rng.random() < 0.1 else f"{rng.randint(-999, 999) / 10}"
        rows = [("a", draw(), draw()) for _ in range(200)]
        x = [Fraction(r[1]) for r in rows if r[1]]
        both = [(float(r[1]), float(r[2])) for r in rows if r[1] and r[2]]
        bx, by = [b[0] for b in both], [b[1] for b in both]
        line = statistics.linear_regression(bx, by)
        expected = [
            (["agg", "count"], 200),
            (agg("count", X), len(x)),
            (agg("sum", X), sum(x)),
            (agg("avg", X), statistics.mean(x)),
            (agg("var_samp", X), statistics.variance(x)),
            (agg("var_pop", X), statistics.pvariance(x)),
            (agg("stddev_samp", X), statistics.stdev(map(float, x))),
            (agg("stddev_pop", X), statistics.pstdev(map(float, x))),
            (agg("corr", Y, X), statistics.correlation(bx, by)),
            (agg("covar_samp", Y, X), statistics.covariance(bx, by)),
            (agg("regr_slope", Y, X), line.slope),
            (agg("regr_intercept", Y, X), line.intercept),
            (agg("regr_r2", Y, X), statistics.correlation(bx, by) ** 2),
            (agg("regr_count", Y, X), len(both)),
            (agg("regr_avgx", Y, X), statistics.mean(bx)),
            (agg("regr_avgy", Y, X), statistics.mean(by)),
            (agg("regr_sxx", Y, X), statistics.pvariance(bx) * len(both)),
            (agg("regr_syy", Y, X), statistics.pvariance(by) * len(both)),
            (agg("regr_sxy", Y, X), statistics.covariance(bx, by) * (len(both) - 1)),
        ]
        got = solve([rows[:50], rows[50:]], [e for e, _ in expected])["doubles"][0]
        for (e, right), value in zip(expected, got):
            self.assertAlmostEqual(value / float(right), 1, 9, e)

    def test_nist_numacc4(self):
        rows = [("a", "10000000.2", "")]
        rows += [("a", "10000000.%d" % (1 + 2 * (i % 2)), "") for i in range(1000)]
        answer = solve([rows], [agg("avg", X), agg("stddev_samp", X)])
        self.assertEqual(answer["rows"], [["10000000.2", "0.1"]])

    def test_too_few_rows(self):
        two = ("corr", "covar_samp", "covar_pop", "regr_slope", "regr_intercept")
        one = ("sum", "avg", "var_samp", "stddev_pop")
        select = [agg(f, Y, X) for f in two] + [agg(f, X) for f in one]
        none = solve([[]], select)
        self.assertEqual(none["rows"], [[None] * 9])
        one_row = solve([[("a", "2", "3")]], select)
        expected = [None, None, "0", None, None, "2", "2", None, "0"]
        self.assertEqual(one_row["rows"], [expected])
        flat = [("a", "1", "5"), ("a", "2", "5")]  # y has no spread
        fit = [agg(f, Y, X) for f in ("corr", "regr_r2", "regr_slope")]
        self.assertEqual(solve([flat], fit)["rows"], [[None, "1", "0"]])


class Rules(unittest.TestCase):
    ROWS = [("a", "1", ""), ("a", "2", "1"), ("b", "", "3"), ("", "7", "7")]

    def test_groups_and_nulls(self):
        answer = solve(
            [self.ROWS[:2], self.ROWS[2:]],
            [["key", 0], agg("count"), agg("count", X), agg("sum", ["+", X, Y])],
            keys=[["col", "k"]],
        )
        self.assertEqual(
            answer["rows"],
            [["a", "2", "2", "3"], ["b", "1", "0", None], [None, "1", "1", "14"]],
        )

    def test_where_is_three_valued(self):
        for condition, rows in (
            (["<", X, ["num", "2"]], "1"),
            (["not", ["<", X, ["num", "2"]]], "2"),
            (["or", ["is null", X], ["=", Y, ["num", "7"]]], "2"),
            (["not", ["and", ["=", Y, ["num", "7"]], ["=", X, ["num", "7"]]]], "3"),
            (["in", X, ["num", "1"], ["null"]], "1"),
            (["not", ["in", X, ["num", "1"], ["null"]]], "0"),
            (["between", X, ["num", "2"], ["num", "7"]], "2"),
        ):
            answer = solve([self.ROWS], [agg("count")], where=condition)
            self.assertEqual(answer["rows"], [[rows]], condition)
            inside = ["filter", agg("count"), condition]
            self.assertEqual(solve([self.ROWS], [inside])["rows"], [[rows]])

    def test_suppression_is_by_owner(self):
        ten, two = [("a", "1", "1")] * 10, [("a", "1", "")] * 2
        hidden = {"suppressed": True}
        select = [["key", 0], agg("count"), agg("avg", Y)]
        keys = [["col", "k"]]
        for owners, row in (
            ([ten, ten], ["a", "20", "1"]),
            ([ten, two], ["a", hidden, "1"]),
            ([ten + two, two + ten], ["a", "24", "1"]),
            ([two, two], ["a", hidden, None]),
        ):
            self.assertEqual(solve(owners, select, 10, keys=keys)["rows"], [row])
        corr = [agg("corr", Y, X)]  # six sums: twelve rows
        self.assertEqual(solve([ten], corr, 10)["rows"], [[hidden]])
        self.assertEqual(solve([ten + ten], corr, 10)["rows"], [[None]])

    def test_having_and_order(self):
        rows = [("a", "1", "1")] * 10 + [("b", "2", "2")] * 10 + [("c", "3", "3")]
        hidden = {"suppressed": True}
        average = agg("avg", X)
        answer = solve(
            [rows],
            [["key", 0], average],
            10,
            keys=[["col", "k"]],
            having=[">", average, ["num", "1"]],
            order=[[average, "desc", "first"]],
        )
        self.assertEqual(answer["rows"], [["b", "2"], ["c", hidden]])
        self.assertEqual(answer["suppressed"], 1)
        answer = solve(
            [rows], [["key", 0]], keys=[["col", "k"]],
            order=[[average, "desc", "first"]], limit=1, offset=1,
        )  # fmt: skip
        self.assertEqual(answer["rows"], [["b"]])

    def test_check_finds_differences(self):
        right = solve([self.ROWS], [agg("count")])
        self.assertEqual(oracle.check(right, dict(right), True), [])
        for part, wrong in (("rows", [["5"]]), ("rows", []), ("columns", []),
                            ("suppressed", 1)):  # fmt: skip
            self.assertTrue(oracle.check(right, {**right, part: wrong}, True))


class Files(unittest.TestCase):
    def run_model(self, *words):
        command = [sys.executable, *words]
        return subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout

    def assert_same(self, path, text):
        with open(os.path.join(ROOT, path), "rb") as f:
            self.assertEqual(f.read(), text, path)

    def test_vectors(self):
        for name in ("seeds", "finish", "paillier", "he_proofs", "threshold", "he_ranges"):
            text = self.run_model(f"tests/oracle/{name}.py")
            self.assert_same(f"tests/vectors/{name}.kat", text)

    def test_expected_answers(self):
        for folder in ("examples/penguins", "tests/data/iris"):
            text = self.run_model("tests/oracle/oracle.py", folder + "/queries.json")
            self.assert_same(folder + "/expected.json", text)


if __name__ == "__main__":
    unittest.main()
