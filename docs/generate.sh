#!/usr/bin/env bash
# Writes the generated pages of docs/reference, and the gallery, from the program's own declarations and what it measures on the
# built-in networks. Takes minutes, most of them the table of axioms. Called by `./dev docs`.
# usage: docs/generate.sh [PROGRAM]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
program=${1:-build/release/bin/faultline}
for kind in explainers attacks metrics suites; do
  page=docs/reference/$kind.md
  "$program" list "$kind" --markdown >"$page.new"
  mv "$page.new" "$page"
done
bash docs/gallery.sh "$program"
bash docs/axioms.sh "$program" docs
