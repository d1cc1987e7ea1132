"""What must be refused before a share is sent: another consortium file, another
clock, other data; questions that would isolate a person. And what is empty."""

import os
import re

from world import OWNERS, PARTIES, PENGUINS, QUESTION, World, check, main, wait_until

HEADER = "species,island,bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g,sex,year\n"


def unlinked_to_dream(world, asker, words):
    """The others go on being linked; a job that needs dream is refused, and why."""
    world.wait_linked(("biscoe", "torgersen", "auditor"))
    wait_until(lambda: words in world[asker].status(), lambda: "%s says %s: %s" % (
        asker, words, world[asker].status()))
    asked = world[asker].ask(world.fresh())
    check(asked.status == 1 and "sharechain: dream" in asked.err and words in asked.err,
          "a job with dream: %d %s" % (asked.status, asked.err))
    check(world[asker].count("abort/1") == 0, "no session ever began")


def times_refused(node):
    return node.log_since(0).count("is refused: its consortium file")


def two_files():
    """two different consortium files: refused, with the digests"""
    with World("files") as world:
        node = world["dream"]
        other = os.path.join(world.folder, "other.yaml")
        with open(other, "w") as f:
            f.write(world.text.replace("min_group: 10", "min_group: 9"))
        world.write_config("dream", consortium="../other.yaml")
        world.accept("dream", other)
        for n in world.nodes.values():
            n.start()
        unlinked_to_dream(world, "torgersen", "its consortium file has digest")
        said = {n: 3 if n == "dream" else 1 for n in PARTIES}
        for n in PARTIES:
            wait_until(lambda n=n: times_refused(world[n]) == said[n], lambda n=n: "%s says so %d times, not %d" % (
                n, said[n], times_refused(world[n])))
        for n in PARTIES:
            check(times_refused(world[n]) == said[n], "%s says so %d times" % (n, times_refused(world[n])))
        node.kill()
        world.write_config("dream")
        world.accept("dream")
        node.start()
        world.wait_linked()
        check(world["torgersen"].ask(QUESTION).status == 0, "the same file again")


def other_clocks():
    """a clock an hour off: refused, and by how much; a minute off: works"""
    with World("clock") as world:
        node = world["dream"]
        for n in world.nodes.values():
            n.start(env={"SC_CLOCK_OFFSET": "3600"} if n is node else None)
        unlinked_to_dream(world, "torgersen", "ahead of this node's")
        node.restart(env={"SC_CLOCK_OFFSET": "-3600"})
        unlinked_to_dream(world, "torgersen", "behind this node's")
        check(re.search(r"36\d\d s behind", world["torgersen"].status()), "by how much")
        node.restart(env={"SC_CLOCK_OFFSET": "60"})
        world.wait_linked()
        check(world["torgersen"].ask(QUESTION).status == 0, "a minute is none")
        check(node.ask(world.fresh()).status == 0, "the other way round")
        world.check_truth()


def write(path, text):
    with open(path, "w") as f:
        f.write(text)


def other_data():
    """data that does not fit the schema: refused before a share, the owner told why"""
    with World("data") as world:
        own = os.path.join(world.folder, "dream.csv")
        with open(os.path.join(PENGUINS, "dream.csv")) as f:
            right = f.read()
        write(own, right)
        for n in OWNERS[:1] + OWNERS[2:]:
            write(os.path.join(world.folder, n + ".csv"), open(os.path.join(PENGUINS, n + ".csv")).read())
        for n in OWNERS:
            world.write_config(n, data=world.folder)
        world.start()
        ask, node = world["torgersen"], world["dream"]
        check(ask.ask(world.fresh()).status == 0, "right data")
        last = right.count("\n")  # the number of the row that is added
        at_last = "dream.csv: data row %d (line %d): " % (last, last + 1)
        spoilt = (
            (right.replace("body_mass_g", "weight", 1), "body_mass_g", "weight"),
            ("", "dream.csv", "it is empty"),
            (right.replace(",male,", ",mail,", 1), "sex", "sex 'mail' is no declared category; 1 such value"),
            (right + "Adelie,Dream,39,18,190,999999,male,2007\n", "body_mass_g", at_last + "body_mass_g '999999' is outside"),
            (right + "Adelie,Dream,39.15,18,190,3500,male,2007\n", "bill_length_mm",
             at_last + "bill_length_mm '39.15' has more than 1 digit behind the point"),
            (right + "Adelie,Dream,39.1,18,190,heavy,male,2007\n", "body_mass_g", at_last + "body_mass_g 'heavy' is unreadable"),
            (right + "Adelie,Dream,39.1\n", "line %d" % (last + 1), "has another number of fields than the first"),
            (right.replace("Adelie,", "Albatross,"), "species", "dream.csv: data row 1 (line 2): species 'Albatross'"),
        )
        for text, column, words in spoilt:
            write(own, text)
            at = node.log_size()
            asked = ask.ask(world.fresh())
            check(asked.status == 3 and re.search("sharechain: dream, [a-z]+: refused: data", asked.err),
                  "%s: %d %s" % (column, asked.status, asked.err))
            check(column not in asked.err, "the reason stays with the owner: %s" % asked.err)
            wait_until(lambda: column in node.log_since(at) and words in node.log_since(at),
                       lambda: "the owner reads what is wrong (%s, %s): %s" % (column, words, node.log_since(at)))
            said = node.status()
            check(words in said and ("| not used |" in said or "| unreadable |" in said), "so does status: %s" % said)
            own_ask = node.ask(world.fresh())
            status = 3 if "data row" in words or "declared" in words else 2  # a rule, or nothing that can be read
            check(own_ask.status == status and words in own_ask.err, "the owner who asks reads it too: %d %s" % (
                own_ask.status, own_ask.err))
        os.remove(own)
        asked = ask.ask(world.fresh())
        check(asked.status == 3 and "refused: data" in asked.err, "no file: %d %s" % (asked.status, asked.err))
        wait_until(lambda: "dream.csv" in node.log_since(at), "the owner reads which file")
        node.kill()
        said = node.starts_not()
        check("dream.csv" in said, "it does not start without its file: %s" % said)
        write(own, right)
        node.start()
        world.wait_linked()
        check(ask.ask(world.fresh()).status == 0, "right data again")
        check(ask.count("abort/1") == 0 and ask.count("receipt/1") == 2, "no share ever left")
        check(ask.count("refusal/1") >= 1, "refusals are in the log")
        world.check_truth()


def empty():
    """empty tables, nothing but NULLs, no groups: exact answers"""
    with World("empty") as world:
        folder = world.folder
        write(os.path.join(folder, "biscoe.csv"), HEADER)
        write(os.path.join(folder, "dream.csv"), HEADER)
        write(os.path.join(folder, "torgersen.csv"), HEADER)
        for n in OWNERS:
            world.write_config(n, data=folder)
        world.start()
        ask = world["torgersen"]
        for sql, answer in (
                ("SELECT COUNT(*), COUNT(bill_depth_mm), SUM(body_mass_g), AVG(body_mass_g), STDDEV(body_mass_g) FROM penguins",
                 "count,count,sum,avg,stddev\n0,0,,,\n"),
                (QUESTION, "sex,count,avg\n"),
                ("SELECT COUNT(*) FROM penguins WHERE year > 2010", "count\n0\n")):
            asked = ask.ask(sql)
            check((asked.status, asked.out) == (0, answer), "%s\n%d %r %s" % (sql, asked.status, asked.out, asked.err))
        nulls = HEADER + 30 * (",".join(["NA"] * 8) + "\n")
        write(os.path.join(folder, "dream.csv"), nulls)
        write(os.path.join(folder, "biscoe.csv"), nulls)
        for sql, answer in (
                ("SELECT COUNT(*), COUNT(bill_depth_mm), SUM(body_mass_g), CORR(body_mass_g, flipper_length_mm) FROM penguins",
                 "count,count,sum,corr\n60,0,,\n"),
                (QUESTION, "sex,count,avg\n,60,\n"),
                ("SELECT sex, COUNT(*) FROM penguins WHERE sex = 'male' GROUP BY sex", "sex,count\n")):
            asked = ask.ask(sql)
            check((asked.status, asked.out) == (0, answer), "%s\n%d %r %s" % (sql, asked.status, asked.out, asked.err))
        world.check_truth()


ALL = "what takes all rows"
FEW = "species = 'Chinstrap' AND year = 2007 AND sex = 'female' AND body_mass_g >= 4000"

# 3: the policy of the consortium; 2: not our SQL; None: an answer, suppressed
ISOLATING = (
    (None, "SELECT AVG(body_mass_g) FROM penguins WHERE " + FEW),
    (None, "SELECT COUNT(*) FROM penguins WHERE " + FEW),
    (None, "SELECT SUM(body_mass_g) FILTER (WHERE %s) FROM penguins" % FEW),
    (None, "SELECT CORR(body_mass_g, flipper_length_mm) FROM penguins WHERE species = 'Chinstrap' AND year = 2007 "
           "AND sex = 'female' AND body_mass_g < 3500"),
    (None, "SELECT COUNT(*) FROM penguins WHERE sex IS NULL AND year = 2007"),
    (None, "SELECT COUNT(*), SUM(body_mass_g) FROM penguins WHERE NOT (sex = 'male' OR sex = 'female') OR "
           "(sex IS NULL AND year = 2009)"),
    # all rows less a part, or less all parts, are few: all rows are noise
    (ALL, "SELECT COUNT(*), COUNT(*) FILTER (WHERE sex = 'female' OR body_mass_g < 4000 OR year > 2007) FROM penguins "
          "WHERE island = 'Dream' AND sex IS NOT NULL"),
    (ALL, "SELECT COUNT(*), COUNT(*) FILTER (WHERE sex = 'female'), COUNT(*) FILTER (WHERE sex = 'male') "
          "FROM penguins WHERE island = 'Dream'"),
    (ALL, "SELECT SUM(body_mass_g) - SUM(body_mass_g) FILTER (WHERE sex IN ('female', 'male')) FROM penguins "
          "WHERE island = 'Dream'"),
    (2, "SELECT SUM(abs(body_mass_g - 6300)) FROM penguins"),
    (2, "SELECT SUM(sign(body_mass_g - 6299)) FROM penguins"),
    (2, "SELECT SUM(power(body_mass_g, 20)) FROM penguins"),
    (2, "SELECT SUM(body_mass_g ^ 20) FROM penguins"),
    (2, "SELECT SUM(greatest(body_mass_g, 6299)) FROM penguins"),
    (2, "SELECT SUM(sqrt(body_mass_g)) FROM penguins"),
    (2, "SELECT SUM(1 / (body_mass_g - 6299)) FROM penguins"),
    (2, "SELECT SUM(body_mass_g % 2) FROM penguins"),
    (3, "SELECT SUM(body_mass_g * body_mass_g * body_mass_g) FROM penguins"),
    (3, "SELECT SUM(1000000 * body_mass_g + flipper_length_mm) FROM penguins"),
    (3, "SELECT SUM(body_mass_g + 100000 * year) FROM penguins"),
    (3, "SELECT SUM((body_mass_g + 10000000) * (flipper_length_mm + 10000000)) FROM penguins"),
    (2, "SELECT SUM(CASE WHEN body_mass_g = 6300 THEN 1 ELSE 0 END) FROM penguins"),
    (2, "SELECT SUM(CASE WHEN %s THEN body_mass_g ELSE 0 END) FROM penguins" % FEW),
    (2, "SELECT COUNT(CASE WHEN %s THEN 1 END) FROM penguins" % FEW),
    (2, "SELECT SUM(nullif(body_mass_g, 6300)) FROM penguins"),
    (2, "SELECT SUM(coalesce(body_mass_g, 0)) FROM penguins"),
    (2, "SELECT SUM((sex = 'male')::int * body_mass_g) FROM penguins"),
    (2, "SELECT MAX(body_mass_g) FROM penguins"),
    (2, "SELECT body_mass_g FROM penguins LIMIT 1"),
    (2, "SELECT COUNT(DISTINCT body_mass_g) FROM penguins"),
    (3, "SELECT body_mass_g, COUNT(*) FROM penguins GROUP BY body_mass_g"),
    (3, "SELECT width_bucket(body_mass_g, 6299, 6301, 2), COUNT(*) FROM penguins GROUP BY 1"),
    (3, "SELECT COUNT(*) FROM penguins WHERE body_mass_g = 6300"),
    (3, "SELECT COUNT(*) FILTER (WHERE body_mass_g BETWEEN 6299 AND 6301) FROM penguins"),
    (2, "SELECT COUNT(*) FROM penguins WHERE body_mass_g * 1 = 6300"),
    (2, "SELECT COUNT(*) FROM penguins WHERE bill_length_mm > bill_depth_mm"),
)


def isolating():
    """questions that isolate a bird: refused, or suppressed, at the owner"""
    with World("isolate").start() as world:
        ask = world["torgersen"]
        for want, sql in ISOLATING:
            asked = ask.ask(sql)
            if want is None:
                cells = asked.out.splitlines()[1:]
                check(asked.status == 0 and cells and
                      all(set(c.split(",")) <= {"suppressed"} for c in cells),
                      "%s\n%d %s%s" % (sql, asked.status, asked.out, asked.err))
            elif want is ALL:
                cells = asked.out.splitlines()[1].split(",")
                check(asked.status == 0 and cells[0] == "suppressed" and "suppressed" not in cells[1:],
                      "%s\n%s%s" % (sql, asked.out, asked.err))
            else:
                check(asked.status == want and re.match(r"SQL:1:\d+: ", asked.err),
                      "%s\n%d %s%s" % (sql, asked.status, asked.out, asked.err))
        asked = ask.ask("SELECT species, island, year, sex, COUNT(*) FROM penguins GROUP BY species, island, year, sex")
        check(asked.status != 0, "four keys: %s" % asked.out)
        asked = ask.ask("SELECT species, island, sex, COUNT(*) FROM penguins GROUP BY species, island, sex")
        small = [line for line in asked.out.splitlines()[1:] if line.split(",")[3].isdigit() and
                 int(line.split(",")[3]) < 10]
        check(asked.status == 0 and not small, "small groups: %s" % small)
        check("suppressed" in asked.out, "none was small: %s" % asked.out)
        world.check_truth()


if __name__ == "__main__":
    main(two_files, other_clocks, other_data, empty, isolating)
