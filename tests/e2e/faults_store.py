"""What a node finds on its disk: a flipped bit, a torn record, no room, no right
to write. It says which file, or recovers; it never signs on top of a doubt."""

import ctypes
import os
import random
import re
import resource
import shutil
import signal
import time

from world import DEADLINE_MS, World, check, main, rules, wait_until

RULES = rules(3000)

def files_below(folder):
    for base, _, names in os.walk(folder):
        for name in sorted(names):
            path = os.path.join(base, name)
            if not name.endswith(".sock") and name not in ("log", "node.yaml") and os.path.getsize(path) > 0:
                yield path


def flip(path, at, bit):
    with open(path, "rb") as f:
        data = bytearray(f.read())
    data[at] ^= 1 << bit
    with open(path, "wb") as f:
        f.write(data)


def try_start(node):
    """Words of a node that gives up; None of one that serves."""
    at = node.log_size()
    node.start()
    wait_until(lambda: node.is_dead() or " serves test" in node.log_since(at), "%s starts or gives up" % node.name)
    if not node.is_dead():
        node.kill()
        return None
    check(node.child.returncode in (2, 4), "it ends with status %d: %s" % (node.child.returncode, node.log_since(at)))
    return node.log_since(at)


def says_something(path, at):
    """Does each bit of this byte change what the file means? X25519 passes over five bits of a
    secret key, which lie in the first and the last two of its characters."""
    key = os.path.getsize(path) - 44
    return not path.endswith("transport.key") or at - key not in (0, 1, 41, 42)


def flipped_bits():
    """a flipped bit in each file of a node, an unfinished job's too: it does not start, and names the file"""
    rng = random.Random(20261121)
    with World("flip", rules_text=RULES).start() as world:
        node, ask = world["dream"], world["torgersen"]
        for asker in (ask, node):
            check(asker.ask(world.fresh()).status == 0, "a job before")
        world.settle()
        job = leave_signed(world, node, ask)
        n_refused, seen = 0, set()
        for path in list(files_below(node.folder)):
            short = os.path.relpath(path, node.folder)
            with open(path, "rb") as f:
                right = f.read()
            size = len(right)
            if size == 0:
                continue  # emptied by a start before
            for at in sorted({0, rng.randrange(size), size - 1}):
                if not says_something(path, at):
                    continue
                flip(path, at, rng.randrange(8))
                said = try_start(node)
                check(said is not None, "byte %d of %s is flipped, and it starts" % (at, short))
                n_refused += 1
                check(os.path.basename(path) in said or "keys" in said or "consortium file" in said,
                      "byte %d of %s is flipped: %s" % (at, short, said))
                check(not re.search("journal|/wal|/tile/", short) or re.search(r"offset \d+", said),
                      "byte %d of %s is flipped, no offset: %s" % (at, short, said))
                with open(path, "wb") as f:
                    f.write(right)
            seen.add(short)
        for kind in ("party.yaml", "answers/", "assets/", "share.sealed", "shares.opened", "tile/entries/000.p/", "tile/0/000.p/",
                     "checkpoint", "heads.journal", "wal.", "history.journal", "bodies/", "state.mark"):
            check(any(kind in s for s in seen), "no %s among %s" % (kind, sorted(seen)))
        check(n_refused > 60, "only %d flips" % n_refused)
        node.start()
        world.wait_linked()
        wait_until(lambda: ask.result(job)[0] == 0, "with all bits right again it starts, and delivers", 15)
        check_later(world, node, rng)


def leave_signed(world, node, ask):
    """A job whose share waits, sealed, at a node that is dead."""
    node.restart(stop_at="open:kill")
    world.wait_linked()
    known = set(ask.jobs())
    check(ask.ask(world.fresh()).status == 1, "a job whose share is missing")
    wait_until(node.is_dead, "it dies before it sends its share")
    job = (set(ask.jobs()) - known).pop()
    check(os.path.exists(os.path.join(node.store, "jobs", job, "share.sealed")), "the share is sealed")
    return job


def lost_share():
    """a sealed share that is gone: the result party is told who cannot deliver"""
    with World("lost", rules_text=RULES).start() as world:
        node, ask = world["dream"], world["torgersen"]
        job = leave_signed(world, node, ask)
        sealed = os.path.join(node.store, "jobs", job, "share.sealed")
        flip(sealed, 40, 2)
        said = try_start(node)
        check(said and sealed in said and "remove it" in said, "it does not start: %s" % said)
        os.remove(sealed)
        mark = ".tmp-0123456789abcdef"  # as a crash leaves it; the last one not in the store
        left = [os.path.join(node.store, f) + mark for f in ("jobs/%s/share.sealed" % job, "accepted", "chain/checkpoint")]
        for path in left + [node.config + mark]:
            with open(path, "w"):
                pass
            os.utime(path, (time.time() - 3600,) * 2)
        node.start()
        world.wait_linked()
        check("removed 3 files of writes that did not end" in node.log_since(0), "it removes what a crash left")
        check(os.path.exists(node.config + mark) and not any(os.path.exists(p) for p in left), "in its store alone")
        wait_until(lambda: "dream says that it cannot deliver its share" in ask.log_since(0), "torgersen names dream")
        check("job %s cannot be delivered" % job in node.log_since(0), "dream's operator reads it too")
        check(ask.ask(world.fresh()).status == 0, "the next job")


def stepped_clock():
    """a clock 40 days ahead at the start: the open job's share stays, and is delivered"""
    with World("clock", rules_text=RULES).start() as world:
        node, ask = world["dream"], world["torgersen"]
        job = leave_signed(world, node, ask)
        node.start(env={"SC_CLOCK_OFFSET": str(40 * 86400)})  # keep_days is 30
        wait_until(lambda: "signed and not finished" in node.status(), "it answers")
        time.sleep(2.5)  # the mender looks once a second
        check("0 running, 1 signed and not finished" in node.status(), "the job is open: %s" % node.status())
        check(os.path.exists(os.path.join(node.store, "jobs", job, "share.sealed")), "its share is kept")
        node.restart()
        world.wait_linked()
        wait_until(lambda: ask.result(job)[0] == 0, "the answer comes when the clock is right")
        world.check_truth()


def check_later(world, node, rng):
    """Files that are read when somebody asks."""
    node.start()
    world.wait_linked()
    sql = world.fresh()
    first = node.ask(sql)
    check(first.status == 0, first.err)
    answers = os.path.join(node.store, "answers")
    newest = max((os.path.join(answers, f) for f in os.listdir(answers)), key=os.path.getmtime)
    flip(newest, 5, 3)
    again = node.ask(sql)
    check(again.status == 0 and again.out == first.out, "a damaged hint: %s" % again.err)
    opened = os.path.join(node.store, "jobs", again.id, "shares.opened")
    at = rng.randrange(os.path.getsize(opened))
    flip(opened, at, 0)
    code, _, err = node.command("receipt", "export", "--with-result", again.id)
    check(code == 4 and "shares.opened" in err, "a damaged proof is exported: %d %s" % (code, err))
    flip(opened, at, 0)
    assets = os.path.join(node.store, "assets")
    for name in os.listdir(assets):
        flip(os.path.join(assets, name), 7, 1)
    for asker in ("dream", "torgersen"):
        asked = world[asker].ask(world.fresh())
        check(asked.status in (1, 4), "a consent with a damaged salt: %s" % asked.err)
    check(".salt is damaged" in node.log_since(0), "the owner is told which file")
    for name in os.listdir(assets):
        flip(os.path.join(assets, name), 7, 1)
    asked = world["torgersen"].ask(world.fresh())
    check(asked.status == 0, "mended: %s" % asked.err)
    world.check_truth()


def lost_records():
    """records of what the log says that this party signed are gone: named at the start"""
    with World("records", rules_text=RULES).start() as world:
        node = world["biscoe"]
        for _ in range(3):
            check(node.ask(world.fresh()).status == 0, "a job")
        world.settle()
        did = re.search(r"did: (\S+)", open(os.path.join(node.folder, "keys/party.yaml")).read()).group(1)
        mine = [i for i, e in enumerate(node.entries()) if '"p":"%s"' % did.strip("\"'") in e]
        receipts = [i for i in mine if '"t":"receipt/1"' in node.entries()[i]]
        check(len(mine) > len(receipts), "its own outcomes are in the log: %s" % mine)
        at = node.log_size()
        node.restart()
        wait_until(lambda: " serves test" in node.log_since(at), "it starts")
        check("is not here" not in node.log_since(at), "nothing is missing: %s" % node.log_since(at))
        node.kill()
        bodies = os.path.join(node.store, "chain-private/bodies")
        shutil.rmtree(os.path.join(node.store, "jobs"))
        shutil.rmtree(os.path.join(node.store, "answers"))
        shutil.rmtree(bodies)
        at = node.log_size()
        node.start()
        wait_until(lambda: " serves test" in node.log_since(at), "it starts all the same")
        for i in mine:
            check(re.search("entry %d of the log, a .* that this party signed: its .* is not here" % i,
                            node.log_since(at)), "entry %d is named: %s" % (i, node.log_since(at)))
        check(len(re.findall("is not here", node.log_since(at))) == len(mine), "and no other")


def restored_sequencer():
    """the sequencer's folder put back from an old copy: its operator is told, a run names it; the newest goes on"""
    with World("restored", rules_text=rules(6000, 3 * DEADLINE_MS)).start() as world:
        node, ask = world["biscoe"], world["torgersen"]
        check(ask.ask(world.fresh()).status == 0, "a job before")
        world.settle()
        node.kill()
        old, new = node.store + ".old", node.store + ".new"
        shutil.copytree(node.store, old, ignore=shutil.ignore_patterns("*.sock"))
        node.start()
        world.wait_linked()
        check(ask.ask(world.fresh()).status == 0, "a job that the copy does not know")
        world.settle()
        node.kill()
        os.rename(node.store, new)
        os.rename(old, node.store)
        at = node.log_size()
        node.start()
        world.wait_linked()
        wait_until(lambda: "was this folder restored from a backup?" in node.log_since(at), "biscoe's operator is told")
        asked = ask.ask(world.fresh())
        check(asked.status == 1 and re.search("sharechain: biscoe, log: .*stands still", asked.err),
              "a run names the sequencer: %s" % asked.err)
        check(len(re.findall("restored from a backup", node.log_since(at))) <= 4, "not at each head")
        node.kill()
        shutil.rmtree(node.store)
        os.rename(new, node.store)
        node.start()
        world.wait_linked()
        check(ask.ask(world.fresh()).status == 0, "the newest state goes on")


def torn_records():
    """journals cut short by some bytes, as a crash leaves them: it recovers"""
    with World("torn", rules_text=RULES).start() as world:
        node = world["dream"]
        for round_ in (1, 7, 33, 40):
            for name in ("torgersen", "dream"):
                asked = world[name].ask(world.fresh())
                check(asked.status == 0, "after a cut of %d: %s" % (round_, asked.err))
            world.settle()
            node.kill()
            for path in files_below(node.store):
                if path.endswith("journal") and "heads" not in path or "/wal." in path:
                    os.truncate(path, max(0, os.path.getsize(path) - round_))
            node.start()
            world.wait_linked()
        world.settle()
        world.check_truth()
        # a signed head that its journal lost is in the log; lost there too, it is no accident
        heads, wal = (os.path.join(node.store, "chain-private", n) for n in ("heads.journal", "wal.000001"))
        for _ in range(2):
            check(node.ask(world.fresh()).status == 0, "a job that is in the log")
            world.settle()
            node.kill()
            size = os.path.getsize(heads)
            os.truncate(heads, size - 5)
            node.start()
            world.wait_linked()
            check(os.path.getsize(heads) == size, "heads.journal: %d bytes of %d" % (os.path.getsize(heads), size))
        node.kill(signal.SIGTERM)
        os.truncate(heads, os.path.getsize(heads) - 5)
        os.truncate(wal, 0)
        said = try_start(node)
        check(said and "cosigned" in said, "heads.journal and the log are cut: %s" % said)


def limit(size):
    """For a child: no file of it grows beyond this size."""
    def apply():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    return apply


def full_disk():
    """no room: for the receipt, for the log; the next job works once there is some"""
    with World("full", rules_text=RULES).start() as world:
        node, ask = world["dream"], world["torgersen"]
        check(ask.ask(world.fresh()).status == 0, "a job before")
        world.settle()
        # room for plan and consent, not for the receipt: it does not sign
        node.kill()
        node.start(before=limit(6000))
        world.wait_linked()
        asked = ask.ask(world.fresh())
        check(asked.status == 1 and re.search("sharechain: dream, ", asked.err), "no room to sign: %s" % asked.err)
        wait_until(lambda: re.search("ends after.*journal: File too large", node.log_since(0)), "it says what is full")
        node.restart()
        world.wait_linked()
        check(ask.ask(world.fresh()).status == 0, "room again")
        # the log's own file is full: its replica stands still, the others go on
        for _ in range(15):
            check(ask.ask(world.fresh()).status == 0, "a job")
        world.settle()
        wal = os.path.join(node.store, "chain-private/wal.000001")
        check(os.path.getsize(wal) > 14500, "the log is the largest file: %d" % os.path.getsize(wal))
        node.kill()
        node.start(before=limit(os.path.getsize(wal) + 300))
        world.wait_linked()
        known = set(ask.jobs())
        asked = ask.ask(world.fresh())
        check(asked.status == 1 and re.search("sharechain: dream, ", asked.err), "no room for the log: %s" % asked.err)
        wait_until(lambda: "wal.000001: File too large" in node.log_since(0), "it says what is full")
        job = (set(ask.jobs()) - known).pop()
        node.restart()
        world.wait_linked()
        wait_until(lambda: ask.result(job)[0] == 0, "the answer comes once there is room")
        check(ask.ask(world.fresh()).status == 0, "the next job")
        world.check_truth()


def without_privilege():
    """For a child: even root obeys the permission bits."""
    libc = ctypes.CDLL(None)
    for capability in (1, 2, 3):  # DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER
        libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


def failed(asked):
    """The query, if it failed: what the first one needs may be in its files already."""
    return asked if asked.status != 0 else None


def unwritable_folder():
    """a folder that cannot be written: before the start, and while it runs"""
    with World("unwritable", rules_text=RULES).start() as world:
        node, ask = world["dream"], world["torgersen"]
        check(ask.ask(world.fresh()).status == 0, "a job before")
        node.kill()
        os.chmod(node.store, 0o500)
        at = node.log_size()
        node.start(before=without_privilege)
        wait_until(node.is_dead, "it gives up")
        check(node.child.returncode == 1 and node.store in node.log_since(at), "it says: %s" % node.log_since(at))
        os.chmod(node.store, 0o700)
        node.start(before=without_privilege)
        world.wait_linked()
        jobs = os.path.join(node.store, "jobs")
        os.chmod(jobs, 0o500)
        asked = ask.ask(world.fresh())
        check(asked.status == 1 and re.search("sharechain: dream, ", asked.err), "jobs/ is closed: %s" % asked.err)
        wait_until(lambda: jobs in node.log_since(at), "the owner reads which folder")
        os.chmod(jobs, 0o700)
        check(ask.ask(world.fresh()).status == 0, "opened again")
        tiles = os.path.join(node.store, "chain/tile/0/000.p")
        os.chmod(tiles, 0o500)
        asked = wait_until(lambda: failed(ask.ask(world.fresh())), "a job fails: tiles are closed")
        check(asked.status == 1 and re.search("sharechain: dream, ", asked.err), "tiles are closed: %s" % asked.err)
        os.chmod(tiles, 0o700)
        node.restart()
        world.wait_linked()
        world.settle()
        check(ask.ask(world.fresh()).status == 0, "after a restart")
        world.check_truth()


if __name__ == "__main__":
    main(flipped_bits, lost_share, stepped_clock, lost_records, restored_sequencer, torn_records, full_disk, unwritable_folder)
