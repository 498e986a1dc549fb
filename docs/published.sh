#!/usr/bin/env bash
# Writes docs/published-results.md from the folders of finished replications: docs/published.sh FOLDER...
set -euo pipefail
page="$(dirname "${BASH_SOURCE[0]}")/published-results.md"
{
  cat <<'HEAD'
# Published results, measured again

`faultline replicate NAME` runs a paper's experiment on files that you name and sets its figures beside what is measured
([how](reference/command-line.md#replicate)). Other images, and often another network, stand behind the published figures: **orderings**
come first, magnitudes second. An ordering that fails here is a finding about these files, not yet about the paper. Where the published figures come from, and how sure
they are, is written in [published/README.md](../published/README.md). The networks for MNIST are those of
[examples/mnist_networks.py](../examples/mnist_networks.py). This page is written by `docs/published.sh` from such runs.

HEAD
  for folder in "$@"; do
    sed -E 's#(--(model|data) )/[^ ]*/#\1#g; s#--out [^ ]+/([^ /]+)#--out \1#g' "$folder/replication.md"
    echo
  done
} > "$page"
