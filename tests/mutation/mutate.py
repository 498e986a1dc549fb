#!/usr/bin/env python3
"""How many one-line mistakes in explainers/ do the property tests notice?

Makes mutants (mutants.py), puts each into a copy of the tree, builds one test program and runs it until its first failure. A
mutant is killed by a failing test, a crash or a timeout; one that does not compile is replaced by another of its file. Results
are kept line by line, so that a run that was stopped goes on. Survivors are either missing tests or the same function in other
words; the latter are listed, with the reason, in equivalent.txt and counted apart.

    tests/mutation/mutate.py --count 80          # about a minute each
    tests/mutation/mutate.py --list              # the mutants, without running any
    tests/mutation/mutate.py --report            # the table of what is known already
    tests/mutation/mutate.py --again             # survivors of an earlier run, with the tests as they are now

The copy lies in build/mutation; the working tree is only read.
"""
import argparse
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from mutants import mutants_of_file

ROOT = Path(__file__).resolve().parents[2]
TREE, TIMES = "tree", "times.json"
KILLED, SURVIVED, BROKEN = "killed", "survived", "does-not-compile"
FAST_SECONDS, SLOW_SECONDS = 3.0, 12.0  # tests up to this long run before others


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1, help="which mutants")
    parser.add_argument("--count", type=int, default=80, help="how many, spread over the files")
    parser.add_argument("--only", default="", help="files whose name contains this")
    parser.add_argument("--target", default="test_properties", help="the test program")
    parser.add_argument("--without", default="All/PlantedDefect.*",
                        help="tests left out, a pattern of gtest: by default those that try the axioms, not the explainers")
    parser.add_argument("--jobs", type=int, default=1, help="of the build")
    parser.add_argument("--timeout", type=float, default=300, help="seconds of one run of the tests")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "mutation", help="the copy and its build")
    parser.add_argument("--results", type=Path, help="JSON lines; default: WORK/results.jsonl")
    parser.add_argument("--list", action="store_true", help="print the mutants and end")
    parser.add_argument("--report", action="store_true", help="print what is known and end")
    parser.add_argument("--again", action="store_true", help="run those that survived once more")
    return parser.parse_args()


def sources():
    names = sorted(ROOT.glob("explainers/*.cpp")) + sorted(ROOT.glob("explainers/*/*.cpp"))
    return {str(path.relative_to(ROOT)): path.read_text() for path in names}


def ordered_mutants(seed, only):
    """One of every file, then a second one of every file, and so on; of each file its kinds in turn."""
    queues = []
    for name, content in sources().items():
        generator = random.Random(f"{seed} {name}")
        by_kind = {}
        for mutant in mutants_of_file(name, content):
            by_kind.setdefault(mutant.kind, []).append(mutant)
        for kind in by_kind.values():
            generator.shuffle(kind)
        kinds = sorted(by_kind)
        generator.shuffle(kinds)
        queue = []
        while any(by_kind.values()):
            queue += [by_kind[kind].pop() for kind in kinds if by_kind[kind]]
        if queue and only in name:
            queues.append(queue)
    random.Random(seed).shuffle(queues)
    return queues


def equivalents():
    """Of equivalent.txt: {(file, old, new): reason}."""
    out, name, old, new = {}, "", "", ""
    for line in (Path(__file__).parent / "equivalent.txt").read_text().splitlines():
        if line.startswith("- "):
            old = line[2:]
        elif line.startswith("+ "):
            new = line[2:]
        elif line.startswith("= "):
            out[(name, old, new)] = line[2:]
        elif line and not line.startswith("#"):
            name = line.strip()
    return out


class Bench:
    """The copy, its build and its test program."""

    def __init__(self, options):
        self.options = options
        self.tree = options.work / TREE
        self.build = self.tree / "build" / "release"
        self.environment = dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", RC_PARAMS="seed=1")
        if (ROOT.parent / "shared").is_dir():
            self.environment.setdefault("FAULTLINE_SHARED", str(ROOT.parent / "shared"))
        self.stages = [""]  # patterns of gtest, one process each

    def copy_tree(self):
        listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, check=True,
                                capture_output=True, text=True).stdout
        wanted = {name for name in listed.split("\0") if name and (ROOT / name).is_file()}
        for name in wanted:
            source, target = ROOT / name, self.tree / name
            if target.is_file() and target.read_bytes() == source.read_bytes():
                continue  # its time stays, and what was built of it
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        for path in self.tree.rglob("*.cpp"):
            name = str(path.relative_to(self.tree))
            if not name.startswith("build/") and name not in wanted:
                path.unlink()
        self.build.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cmake", "-S", str(self.tree), "-B", str(self.build), "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
                        "-DFAULTLINE_WERROR=ON"], check=True, stdout=subprocess.DEVNULL)

    def make(self):
        """What the compiler says; "" where it builds."""
        done = subprocess.run(["cmake", "--build", str(self.build), "--target", self.options.target, "-j",
                               str(self.options.jobs)], capture_output=True, text=True)
        if done.returncode == 0:
            return ""
        if "error:" not in done.stdout:
            sys.exit("the build failed, and not by a compiler's error:\n" + done.stdout[-3000:] + done.stderr)
        return done.stdout

    def run(self, words):
        """(exit status or "timeout", output) of the test program."""
        program = next((self.build / "tests").rglob(self.options.target))
        process = subprocess.Popen([str(program), *words], cwd=self.build, env=self.environment, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True)
        try:
            output, _ = process.communicate(timeout=self.options.timeout)
            return process.returncode, output
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return "timeout", process.communicate()[0]

    def prepare(self):
        """Builds the copy as it is, sees its tests pass, and orders them by how long they take."""
        self.copy_tree()
        fault = self.make()
        if fault:
            sys.exit("the tree does not build as it is:\n" + fault[-3000:])
        times = self.options.work / TIMES
        status, output = self.run([f"--gtest_output=json:{times}", f"--gtest_filter=-{self.options.without}"])
        if status != 0:
            sys.exit(f"{self.options.target} fails as it is ({status}):\n" + output[-3000:])
        seconds = {}
        for suite in json.loads(times.read_text())["testsuites"]:
            for test in suite["testsuite"]:
                seconds[f"{suite['name']}.{test['name']}"] = float(test["time"].rstrip("s"))
        slow = [name for name in seconds if seconds[name] > FAST_SECONDS]
        parts = [[name for name in slow if seconds[name] <= SLOW_SECONDS], [name for name in slow if seconds[name] > SLOW_SECONDS]]
        self.stages = ["*-" + ":".join(slow + [self.options.without])] + [":".join(part) for part in parts if part]
        print(f"{len(seconds)} tests pass in {sum(seconds.values()):.0f} s; {len(slow)} of them last", flush=True)

    def judge(self, mutant):
        """(outcome, what killed it)."""
        path = self.tree / mutant.file
        original = path.read_text()
        lines = original.split("\n")
        assert lines[mutant.line - 1] == mutant.old, f"{mutant.file}:{mutant.line} has changed since the copy was made"
        lines[mutant.line - 1] = mutant.new
        path.write_text("\n".join(lines))
        try:
            if self.make():
                return BROKEN, ""
            for stage in self.stages:
                status, output = self.run(["--gtest_fail_fast", "--gtest_brief=1", f"--gtest_filter={stage}"])
                if status == 0:
                    continue
                failed = re.search(r"\[  FAILED  \] ([\w./]+)", output)
                if status == "timeout":
                    return KILLED, "timeout"
                return KILLED, failed.group(1) if failed else f"exit status {status}"
            return SURVIVED, ""
        finally:
            path.write_text(original)


def key_of(record):
    return (record["file"], record["old"].strip(), record["new"].strip())


def results_in(path):
    """The last result of every mutant."""
    out = {}
    if path.exists():
        for line in path.read_text().splitlines():
            record = json.loads(line)
            out[key_of(record)] = record
    return out


def report(results):
    known = equivalents()
    by_file, survivors, killers, equivalent = {}, [], {}, []
    for record in results.values():
        row = by_file.setdefault(record["file"], {KILLED: 0, SURVIVED: 0, "equivalent": 0, BROKEN: 0})
        outcome = record["outcome"]
        if outcome == SURVIVED and key_of(record) in known:
            outcome = "equivalent"
            equivalent.append(record)
        elif outcome == SURVIVED:
            survivors.append(record)
        elif outcome == KILLED:
            killer = re.sub(r"/\d+$", "", record["by"])
            killers[killer] = killers.get(killer, 0) + 1
        row[outcome] += 1
    print(f"{'file':<52}{'killed':>8}{'survived':>10}{'equivalent':>12}{'no compile':>12}")
    rows = sorted(by_file.items())
    for name, row in rows + [("all", {key: sum(row[key] for _, row in rows) for key in (KILLED, SURVIVED, "equivalent", BROKEN)})]:
        print(f"{name:<52}{row[KILLED]:>8}{row[SURVIVED]:>10}{row['equivalent']:>12}{row[BROKEN]:>12}")
    print("\nkilled by")
    for name, count in sorted(killers.items(), key=lambda item: -item[1]):
        print(f"{count:>6}  {name}")
    for title, records in (("survivors", survivors), ("equivalent", equivalent)):
        print(f"\n{title}")
        for record in sorted(records, key=lambda r: (r["file"], r["line"])):
            print(f"{record['file']}:{record['line']} [{record['kind']}]\n- {record['old'].strip()}\n+ {record['new'].strip()}")
            if title == "equivalent":
                print(f"= {known[key_of(record)]}")
    killed = sum(row[KILLED] for row in by_file.values())
    if killed + len(survivors) > 0:
        share = 100 * killed / (killed + len(survivors))
        print(f"\nkilled {killed} of {killed + len(survivors)} ({share:.1f} %); {len(equivalent)} equivalent ones are not counted")


def main():
    options = arguments()
    path = options.results or options.work / "results.jsonl"
    results = results_in(path)
    if options.report:
        return report(results)
    queues = ordered_mutants(options.seed, options.only)
    if options.list:
        for place in range(max(map(len, queues))):
            for queue in queues:
                if place < len(queue) and options.count > 0:
                    options.count -= 1
                    print(queue[place].text())
        return None
    bench = Bench(options)
    bench.prepare()

    def settle(mutant):
        started = time.time()
        outcome, by = bench.judge(mutant)
        record = dict(file=mutant.file, line=mutant.line, kind=mutant.kind, old=mutant.old, new=mutant.new, outcome=outcome, by=by,
                      seconds=round(time.time() - started))
        results[mutant.key()] = record
        with path.open("a") as out:
            out.write(json.dumps(record) + "\n")
        print(f"{outcome} {by} ({record['seconds']} s)\n{mutant.text()}", flush=True)

    if options.again:
        survivors = {key for key, record in results.items() if record["outcome"] == SURVIVED} - set(equivalents())
        for mutant in (m for queue in queues for m in queue if m.key() in survivors):
            settle(mutant)
    else:
        decided = 0
        while decided < options.count and any(queues):
            for queue in queues:
                while queue and decided < options.count:
                    mutant = queue.pop(0)
                    if mutant.key() not in results:
                        settle(mutant)
                    if results[mutant.key()]["outcome"] != BROKEN:
                        decided += 1
                        break
    return report(results)


if __name__ == "__main__":
    main()
