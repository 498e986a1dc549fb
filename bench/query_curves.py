#!/usr/bin/env python3
"""Mean of the best selection metric over queries, for every attack of a run that only queries, beside the others' last values.

usage: query_curves.py RUN/report.json QUERIES...      (one query: a map with its logits; the clean one is the first)
"""
import json
import sys


def options_of(spec):
    return dict(pair.split("=", 1) for pair in spec.partition(":")[2].split(",") if "=" in pair)


def queries_a_judgement(spec):
    """nes and spsa judge once an iteration, after its pairs; the others judge whatever they ask."""
    pairs = options_of(spec).get("pairs")
    return 2 * int(pairs) + 1 if pairs else 1


def best_at(trace, judged):
    best = 1.0
    for entry in trace.split():
        iterate, value = entry.split(":")
        if int(iterate) > judged:
            break
        number, _, parts = value.partition("/")  # "170/255" and "0.3" alike
        best = float(number) / float(parts or 1)
    return best


facts = json.load(open(sys.argv[1], encoding="utf-8"))["facts"]
asked = [int(word) for word in sys.argv[2:]]
traces = {}
for key, text in facts.items():
    parts = key.split("|")
    if parts[0] == "trace":
        traces.setdefault((parts[1], parts[2]), []).append(text)
print("| explainer | condition | n | " + " | ".join(map(str, asked)) + " | last |")
print("|---|---|---|" + "---|" * (len(asked) + 1))
for (explainer, condition), texts in sorted(traces.items()):
    spec = facts.get(f"condition|{explainer}|{condition}|attack", "")
    mean = lambda values: sum(values) / len(values)
    cells = []
    for queries in asked:
        if "queries" not in options_of(spec):
            cells.append("")
            continue
        judged = (queries - 1) // queries_a_judgement(spec)
        cells.append(f"{mean([best_at(text, judged) for text in texts]):.3f}")
    last = mean([best_at(text, 10**9) for text in texts])
    print(f"| {explainer} | {condition} | {len(texts)} | " + " | ".join(cells) + f" | {last:.3f} |")
