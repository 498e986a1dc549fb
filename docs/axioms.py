#!/usr/bin/env python3
"""Prints a table explainer x axiom, in Markdown, of runs of `faultline audit --suite axioms`.
usage: docs/axioms.py TITLE=RUN...      (runs that share their axioms)"""
import sqlite3
import sys


def parts_of(key):
    parts, escaped = [""], False
    for c in key:
        if escaped or c not in "|\\":
            parts[-1] += c
            escaped = False
        elif c == "\\":
            escaped = True
        else:
            parts.append("")
    return parts


class Run:
    def __init__(self, folder):
        base = sqlite3.connect(f"file:{folder}/run.sqlite?mode=ro", uri=True)
        self.facts, self.orders = {}, {}
        for key, value in base.execute("select key, value from facts"):
            parts = parts_of(key)
            if parts[0] == "condition" and len(parts) == 4:
                self.facts.setdefault((parts[1], parts[2]), {})[parts[3]] = value
            if parts[0] == "explainer" and len(parts) == 3 and parts[2] == "order":
                self.orders[parts[1]] = int(value)
        self.wholes = {}
        for explainer, condition, metric, value in base.execute(
                "select explainer, condition, metric, value from records where suite = 'axioms' and sample = ''"):
            self.wholes[(explainer, condition, metric)] = value
        self.explainers = sorted(self.orders, key=self.orders.get)

    def cell(self, explainer, axiom):
        facts = self.facts.get((explainer, axiom), {})
        verdict, claimed = facts.get("verdict"), facts.get("claimed") == "yes"
        if verdict == "holds":
            text = f"holds {self.wholes[(explainer, axiom, 'cases')]:.0f}"
        elif verdict == "refuted":
            text = f"no, {facts['case-differing']} px"
            if "case-part" in facts:
                text += ", " + facts["case-part"].split("(")[1].split(" ")[0] + " l"
        elif verdict == "not-applicable":
            return "claimed, n/a" if claimed else ""
        else:
            return "claimed, untried" if claimed else "untried"
        if verdict == "refuted" and claimed:
            text = "**REFUTED:** " + text
        elif claimed:
            text = f"**{text}**"
        return text


def main(arguments):
    runs = [(title, Run(folder)) for title, folder in (argument.split("=", 1) for argument in arguments)]
    for title, run in runs:
        axioms = []
        for (_, condition), facts in run.facts.items():
            if facts.get("role") == "axiom" and condition not in axioms:
                axioms.append(condition)
        axioms.sort()
        print(f"\n## {title}\n")
        print("| explainer | " + " | ".join(axioms) + " |")
        print("|---|" + "---|" * len(axioms))
        for explainer in run.explainers:
            print(f"| `{explainer}` | " + " | ".join(run.cell(explainer, axiom) for axiom in axioms) + " |")
        refuted = sum(run.wholes.get((explainer, "claims", "refuted-claims"), 0) for explainer in run.explainers)
        made = sum(run.wholes.get((explainer, "claims", "claims"), 0) for explainer in run.explainers)
        untried = sum(run.wholes.get((explainer, "claims", "untried-claims"), 0) for explainer in run.explainers)
        print(f"\n{made:.0f} claims, of which {refuted:.0f} were refuted and {untried:.0f} could not be tried.")


main(sys.argv[1:])
