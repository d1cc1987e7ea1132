#!/usr/bin/env python3
"""Exact answers to the product's queries, computed another way.

    oracle.py SPEC.json                     print the answers
    oracle.py SPEC.json --query NAME --check ANSWER.json
                                            compare with the product's answer

One file is one owner. Everything is a Fraction until it is printed; a root is
taken to 2000 bits. Standard library only, and nothing of the product.

SPEC: {"files": [CSV, ...]       relative to SPEC
       "nulls": ["", "NA"]       texts that mean NULL
       "min_group": 10           1: nothing is suppressed
       "columns": {NAME: {"type": "integer" | "decimal" | "category" |
                          "boolean" | "date" | "timestamp",
                          "values": [...]}}       a category's, in its order
       "queries": [{"name": ..., "sql": what the product is asked
                    "where": E, "keys": [E], "select": [[HEADING, E], ...],
                    "having": E, "order": [[E, "asc" | "desc", "first" | "last"]],
                    "limit": n, "offset": n}]}

E is a prefix list. Of a row: ["col", NAME]; of a group: ["key", i],
["agg", FUNCTION, E...], ["filter", ["agg", ...], E]. Of both: ["num", "2.5"],
["text", T], ["date", ISO], ["timestamp", ISO], ["true"], ["false"], ["null"],
+ - * / neg abs sqrt, ["round", E, digits], < <= > >= = <>, and or not,
["is null", E], ["in", E, E...], ["between", E, E, E], ["coalesce", E...],
["case", CONDITION, E, ..., E], ["year", E], ["month", E], ["day", E].
Aggregates are PostgreSQL's, dependent variable first: regr_slope(y, x).

Each answer: columns, rows as the product's JSON has them (numbers as text,
null, true, {"suppressed": true}), how many groups hide something, the exact
rationals ("p/q", absent if a root is not rational) and the nearest doubles.
"""
import argparse
import csv
import datetime
import itertools
import json
import math
import os
import sys
from fractions import Fraction

MAX_SCALE = 38
ROOT_BITS = 2000


class Root(Fraction):
    """A Fraction that is only near the true value (to ROOT_BITS)."""


def near(value, *of):
    return Root(value) if any(isinstance(x, Root) for x in of) else Fraction(value)


def is_number(v):
    return isinstance(v, Fraction)


# ---- numbers out -----------------------------------------------------------


def nearest(q):
    try:
        return q.numerator / q.denominator
    except OverflowError:
        return -math.inf if q < 0 else math.inf


def number_text(q):
    if not isinstance(q, Root):
        for scale in range(MAX_SCALE + 1):
            v = abs(q) * 10**scale
            if v.denominator == 1:
                digits = str(v.numerator).rjust(scale + 1, "0")
                sign = "-" if q < 0 else ""
                at = len(digits) - scale
                return sign + digits[:at] + ("." + digits[at:] if scale else "")
    x = nearest(q)
    for digits in (15, 16, 17):
        text = "%.*g" % (digits, x)
        if float(text) == x:
            return text
    return text


def show(v, e):
    """A value of E as the product's JSON has it; a key is always text."""
    if v is None or isinstance(v, bool) and e[0] != "key":
        return v
    if isinstance(v, bool):
        return "true" if v else "false"
    if is_number(v):
        return number_text(v)
    if isinstance(v, datetime.datetime):
        return v.isoformat(sep=" ")
    return v.isoformat() if isinstance(v, datetime.date) else v


# ---- functions -------------------------------------------------------------


def root(q):
    if q is None or q < 0:
        return None
    n, d = math.isqrt(q.numerator), math.isqrt(q.denominator)
    if n * n == q.numerator and d * d == q.denominator:
        return near(Fraction(n, d), q)
    shift = ROOT_BITS + max(0, q.denominator.bit_length() - q.numerator.bit_length())
    scaled = (q.numerator << 2 * shift) // q.denominator
    return Root(Fraction(math.isqrt(scaled), 1 << shift))


def rounded(q, digits):
    v = abs(q) * 10**digits
    v = Fraction(math.floor(v + Fraction(1, 2)), 10**digits)
    return -v if q < 0 else v


COMPARE = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
}
STRICT = {
    "+": lambda a, b: near(a + b, a, b),
    "-": lambda a, b: near(a - b, a, b),
    "*": lambda a, b: near(a * b, a, b),
    "/": lambda a, b: near(Fraction(a) / b, a, b) if b else None,
    "neg": lambda a: near(-a, a),
    "abs": lambda a: near(abs(a), a),
    "sqrt": root,
    "not": lambda a: not a,
    "year": lambda a: Fraction(a.year),
    "month": lambda a: Fraction(a.month),
    "day": lambda a: Fraction(a.day),
}


def any_true(values):
    """SQL's OR: true if one is, else NULL if one is, else false."""
    values = list(values)
    return True if True in values else None if None in values else False


def negate(v):
    return None if v is None else not v


def ordered(v):
    """Text compares by its bytes."""
    return v.encode() if isinstance(v, str) else v


def evaluate(e, leaf):
    """The value of E; leaf(e) answers what only a row or a group knows."""
    op, args = e[0], e[1:]
    go = lambda x: evaluate(x, leaf)
    if op in ("col", "key", "agg", "filter"):
        return leaf(e)
    if op == "num":
        return Fraction(args[0])
    if op == "text":
        return args[0]
    if op == "date":
        return datetime.date.fromisoformat(args[0])
    if op == "timestamp":
        return datetime.datetime.fromisoformat(args[0])
    if op in ("true", "false", "null"):
        return {"true": True, "false": False, "null": None}[op]
    if op == "is null":
        return go(args[0]) is None
    if op == "or":
        return any_true(map(go, args))
    if op == "and":
        return negate(any_true(negate(go(a)) for a in args))
    if op == "in":
        return any_true(go(["=", args[0], a]) for a in args[1:])
    if op == "between":
        return go(["and", [">=", args[0], args[1]], ["<=", args[0], args[2]]])
    if op == "coalesce":
        return next((v for v in map(go, args) if v is not None), None)
    if op == "case":
        for i in range(0, len(args) - 1, 2):
            if go(args[i]) is True:
                return go(args[i + 1])
        return go(args[-1]) if len(args) % 2 else None
    if op == "round":
        v = go(args[0])
        return None if v is None else rounded(v, args[1])
    values = [go(a) for a in args]
    if None in values:
        return None
    if op in COMPARE:
        return COMPARE[op](*map(ordered, values))
    return STRICT[op](*values)


# ---- aggregates ------------------------------------------------------------


def moments(rows):
    """n, and the centred sums of y and x of rows (y, x); all exact."""
    n = len(rows)
    sy, sx = sum(r[0] for r in rows), sum(r[-1] for r in rows)
    syy = sum((n * r[0] - sy) ** 2 for r in rows) / Fraction(n) ** 2
    sxx = sum((n * r[-1] - sx) ** 2 for r in rows) / Fraction(n) ** 2
    sxy = sum((n * r[0] - sy) * (n * r[-1] - sx) for r in rows) / Fraction(n) ** 2
    return n, sy, sx, syy, sxx, sxy


def aggregate(fn, rows):
    """rows: the argument lists without a NULL."""
    if fn in ("count", "regr_count"):
        return Fraction(len(rows))
    if not rows:
        return None
    n, sy, sx, syy, sxx, sxy = moments(rows)
    if fn == "sum":
        return Fraction(sy)
    if fn == "avg":
        return Fraction(sy, n)
    if fn in ("var_pop", "stddev_pop"):
        return root(syy / n) if fn == "stddev_pop" else syy / n
    if fn in ("var_samp", "variance", "stddev_samp", "stddev"):
        v = syy / (n - 1) if n > 1 else None
        return root(v) if fn.startswith("stddev") else v
    if fn == "covar_pop":
        return sxy / n
    if fn == "covar_samp":
        return sxy / (n - 1) if n > 1 else None
    if fn in ("regr_avgx", "regr_avgy"):
        return Fraction(sx if fn == "regr_avgx" else sy) / n
    if fn in ("regr_sxx", "regr_syy", "regr_sxy"):
        return {"regr_sxx": sxx, "regr_syy": syy, "regr_sxy": sxy}[fn]
    if sxx == 0 or (fn == "corr" and syy == 0):
        return None
    if fn == "corr":
        r = root(sxy**2 / (sxx * syy))
        return near(-r if sxy < 0 else r, r)
    if fn == "regr_slope":
        return sxy / sxx
    if fn == "regr_intercept":
        return (sy - sx * sxy / sxx) / n
    if fn == "regr_r2":
        return sxy**2 / (sxx * syy) if syy else Fraction(1)
    raise ValueError(fn)


# What a plan opens beside the number of rows; y is the first argument.
OPENS = {"count": "", "regr_count": "", "sum": "y", "avg": "y"}
OPENS.update(dict.fromkeys(("covar_pop", "covar_samp"), "y x xy"))
OPENS.update(dict.fromkeys(("corr", "regr_r2"), "y x yy xx xy"))
OPENS.update(regr_avgx="x", regr_avgy="y", regr_sxx="x xx", regr_syy="y yy")
OPENS.update(regr_sxy="y x xy")
OPENS.update(dict.fromkeys(("regr_slope", "regr_intercept"), "y x xx xy"))


def terms(e):
    """The products of columns that a polynomial is a sum of; () is a constant."""
    if e[0] == "col":
        return {(e[1],)}
    if e[0] == "num":
        return {()}
    parts = [terms(x) for x in e[1:] if isinstance(x, list)]
    return product(*parts) if e[0] == "*" else set().union(*parts)


def product(x, y):
    return {tuple(sorted(a + b)) for a in x for b in y}


def opens(fn, args):
    """The sums that an aggregate's answer tells at most, its count aside."""
    if not args or fn == "count":
        return set()
    y, x = terms(args[0]) - {()}, terms(args[-1]) - {()}
    sums = {"x": x, "y": y, "xx": product(x, x), "yy": product(y, y), "xy": product(x, y)}
    return set().union(*(sums[word] for word in OPENS.get(fn, "y yy").split()))


def split_filter(e):
    """An aggregate as function, arguments, condition."""
    agg, condition = (e[1], e[2]) if e[0] == "filter" else (e, ["true"])
    return agg[1], agg[2:], condition


def columns_of(e):
    if not isinstance(e, list) or not e:
        return set()
    return {e[1]} if e[0] == "col" else set().union(set(), *map(columns_of, e))


TRUE = json.dumps(["true"])


def support_of(e):
    _, args, condition = split_filter(e)
    return json.dumps(condition), tuple(sorted(columns_of(args)))


def aggregates_of(e):
    if not isinstance(e, list) or not e:
        return []
    if e[0] in ("agg", "filter"):
        return [e]
    return [a for x in e for a in aggregates_of(x)]


# ---- tables ----------------------------------------------------------------


def parse(text, column):
    kind = column["type"]
    if kind in ("integer", "decimal"):
        return Fraction(text)
    if kind == "boolean":
        return {"true": True, "t": True, "1": True, "false": False, "f": False,
                "0": False}[text.lower()]
    if kind == "date":
        return datetime.date.fromisoformat(text)
    if kind == "timestamp":
        return datetime.datetime.fromisoformat(text)
    return text


def read(path, columns, nulls):
    with open(path, newline="", encoding="utf-8") as f:
        return [
            {
                name: None if row[name] in nulls else parse(row[name], column)
                for name, column in columns.items()
            }
            for row in csv.DictReader(f)
        ]


# ---- one query -------------------------------------------------------------


class Group:
    def __init__(self, key, n_owners):
        self.key, self.owners = key, [[] for _ in range(n_owners)]

    def rows(self, e):
        """Per owner, the argument lists that an aggregate is made of."""
        _, args, condition = split_filter(e)
        for rows in self.owners:
            passed = (r for r in rows if row_value(condition, r) is True)
            values = ([row_value(a, r) for a in args] for r in passed)
            yield [v for v in values if None not in v]

    def members(self, support, owner):
        """Which of an owner's rows are in a support."""
        condition = json.loads(support[0])
        return {id(r) for r in self.owners[owner] if row_value(condition, r) is True and
                all(r[c] is not None for c in support[1])}

    def leaf(self, e):
        if e[0] == "key":
            return self.key[e[1]]
        return aggregate(split_filter(e)[0], [v for rows in self.rows(e) for v in rows])


def row_value(e, row):
    return evaluate(e, lambda leaf: row[leaf[1]])


class Query:
    def __init__(self, spec, query):
        self.spec, self.q = spec, query
        self.all = ["agg", "count"]
        parts = [e for _, e in query["select"]] + [query.get("having")]
        parts += [o[0] for o in query.get("order", [])]
        self.opened = {}
        for agg in [self.all] + [a for e in parts for a in aggregates_of(e)]:
            fn, args, _ = split_filter(agg)
            self.opened.setdefault(support_of(agg), set()).update(opens(fn, args))

    def least(self, support):
        return max(self.spec.get("min_group", 10), 2 * (1 + len(self.opened[support])))

    def is_noise(self, agg, group):
        return any(support_of(agg) in self.hidden(group, i) for i in range(len(group.owners)))

    def hidden(self, group, owner):
        """The supports that this owner hides in a group: those with few rows; of two
        that differ by few the earlier one; and all rows, where few are left of them
        without the parts that are shown."""
        k = self.spec.get("min_group", 10)
        few = range(1, k)
        if not few:
            return set()
        order = list(self.opened)
        rows = {s: group.members(s, owner) for s in order}
        hidden = {s for s in order if 1 <= len(rows[s]) < self.least(s)}
        for j in range(len(order) - 1, 0, -1):
            for i in range(j - 1, -1, -1):
                a, b = order[i], order[j]
                if b in hidden or (a[0] == b[0] and not self.opened[a] & self.opened[b]):
                    continue
                if len(rows[a] - rows[b]) in few or len(rows[b] - rows[a]) in few:
                    hidden.add(a)
        conditions = list(dict.fromkeys(s[0] for s in order if s[0] != TRUE))
        shown = [c for c in conditions if any(s[0] == c and s not in hidden for s in order)]
        parts = {c: group.members((c, ()), owner) for c in conditions}
        for n in range(2, len(shown) + 1):
            for family in itertools.combinations(shown, n):
                if any(self.everywhere(c) & self.everywhere(d) for c, d in itertools.combinations(family, 2)):
                    continue
                left = set().union(*(parts[c] for c in family))
                hidden |= {s for s in order if s[0] == TRUE and len(rows[s] - left) in few}
        return hidden

    def everywhere(self, condition):
        """The rows of all owners that pass."""
        return {id(r) for r in self.table if row_value(json.loads(condition), r) is True}

    def hides(self, e, group, undecided=False):
        found = aggregates_of(e)
        return bool(found and undecided) or any(self.is_noise(a, group) for a in found)

    def groups(self, owners):
        self.table = [row for rows in owners for row in rows]
        keys, found = self.q.get("keys", []), {}
        if not keys:
            found[()] = Group((), len(owners))
        for i, rows in enumerate(owners):
            for row in rows:
                if row_value(self.q.get("where", ["true"]), row) is True:
                    key = tuple(row_value(k, row) for k in keys)
                    group = found.setdefault(key, Group(key, len(owners)))
                    group.owners[i].append(row)
        return sorted(found.values(), key=lambda g: list(map(self.place, keys, g.key)))

    def place(self, key, value):
        """Where a key value stands among the cells; NULL last."""
        if value is None:
            return (1, 0)
        if key[0] == "col" and "values" in self.spec["columns"][key[1]]:
            return (0, self.spec["columns"][key[1]]["values"].index(value))
        return (0, ordered(value))

    def keep(self, group):
        having = self.q.get("having")
        group.undecided = having is not None and self.hides(having, group)
        if having is None or group.undecided:
            return True
        return evaluate(having, group.leaf) is True

    def sort(self, groups):
        for by, direction, nulls in reversed(self.q.get("order", [])):
            hidden = [g for g in groups if self.hides(by, g, g.undecided)]
            rest = [g for g in groups if g not in hidden]
            value = {id(g): evaluate(by, g.leaf) for g in rest}
            none = [g for g in rest if value[id(g)] is None]
            some = [g for g in rest if value[id(g)] is not None]
            some.sort(key=lambda g: ordered(value[id(g)]), reverse=direction == "desc")
            groups = (none + some if nulls == "first" else some + none) + hidden
        return groups

    def answer(self, owners):
        groups = self.sort([g for g in self.groups(owners) if self.keep(g)])
        select = [e for _, e in self.q["select"]]
        hidden = [[self.hides(e, g, g.undecided) for e in select] for g in groups]
        first = self.q.get("offset", 0)
        last = first + self.q["limit"] if "limit" in self.q else len(groups)
        rows, exact, doubles = [], [], []
        for g, hides in list(zip(groups, hidden))[first:last]:
            values = [None if h else evaluate(e, g.leaf) for e, h in zip(select, hides)]
            rows.append([{"suppressed": True} if h else show(v, e)
                         for e, v, h in zip(select, values, hides)])
            exact.append([f"{v.numerator}/{v.denominator}"
                          if is_number(v) and not isinstance(v, Root) else None
                          for v in values])
            doubles.append([nearest(v) if is_number(v) else None for v in values])
        return {
            "name": self.q["name"],
            "sql": self.q.get("sql", ""),
            "columns": [name for name, _ in self.q["select"]],
            "rows": rows,
            "suppressed": sum(any(h) for h in hidden),
            "exact": exact,
            "doubles": doubles,
        }


# ---- the command -----------------------------------------------------------


def solve(path, only=None):
    with open(path, encoding="utf-8") as f:
        spec = json.load(f)
    folder = os.path.dirname(path)
    nulls = set(spec.get("nulls", [""]))
    owners = [read(os.path.join(folder, p), spec["columns"], nulls) for p in spec["files"]]
    return [
        Query(spec, q).answer(owners)
        for q in spec["queries"]
        if only is None or q["name"] == only
    ]


def check(expected, got, is_ordered):
    """Differences in words; the product's answer must be the same text."""
    found = []
    for part in ("columns", "suppressed"):
        if got.get(part) != expected[part]:
            found.append(f"{part}: {got.get(part)!r}, expected {expected[part]!r}")
    a, b = got.get("rows", []), expected["rows"]
    if not is_ordered:
        a, b = (sorted(rows, key=json.dumps) for rows in (a, b))
    if len(a) != len(b):
        found.append(f"{len(a)} rows, expected {len(b)}")
    for row, right in zip(a, b):
        if row != right:
            found.append(f"row {row!r}, expected {right!r}")
    return found


def dump(answers):
    """JSON with a row a line."""
    out = []
    for a in answers:
        lines = []
        for name, value in a.items():
            if name in ("rows", "exact", "doubles"):
                rows = ",\n    ".join(json.dumps(r, ensure_ascii=False) for r in value)
                lines.append(f'  "{name}": [' + ("\n    " + rows if value else "") + "]")
            else:
                lines.append(f'  "{name}": {json.dumps(value, ensure_ascii=False)}')
        out.append("{\n" + ",\n".join(lines) + "\n}")
    return "[" + ",\n".join(out) + "]\n"


def main():
    args = argparse.ArgumentParser(description="exact answers, computed another way")
    args.add_argument("spec")
    args.add_argument("--query", help="this one alone")
    args.add_argument("--check", metavar="ANSWER", help="the product's JSON, or -")
    args = args.parse_args()
    answers = solve(args.spec, args.query)
    if not answers:
        sys.exit(f"{args.spec}: no query {args.query}")
    if args.check is None:
        sys.stdout.write(dump(answers))
        return
    if len(answers) != 1:
        sys.exit("--check needs --query")
    with open(args.spec, encoding="utf-8") as f:
        queries = {q["name"]: q for q in json.load(f)["queries"]}
    if args.check == "-":
        got = json.load(sys.stdin)
    else:
        with open(args.check, encoding="utf-8") as f:
            got = json.load(f)
    found = check(answers[0], got, bool(queries[answers[0]["name"]].get("order")))
    for line in found:
        print(line)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
