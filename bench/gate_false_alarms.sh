#!/usr/bin/env bash
# How often a gate fails two audits that differ in the seed alone: N audits of lenet_mnist (64 images, `smooth-grad`, and `gradient`
# under ghorbani-topk:start=random), each frozen and every pair compared; once with the usual margins, once with none.
# usage: bench/gate_false_alarms.sh PROGRAM FOLDER [N]       (N = 21: 210 pairs); needs the shared folder beside the checkout
set -euo pipefail
program=$(realpath "$1") folder=$2 count=${3:-21}
shared=${FAULTLINE_SHARED:-$(dirname "${BASH_SOURCE[0]}")/../../shared}
mkdir -p "$folder"
for ((seed = 0; seed < count; ++seed)); do
  [ -f "$folder/$seed.json" ] && continue
  rm -rf "$folder/run-$seed"
  "$program" audit --model "$shared/models/lenet_mnist.pt" --data "$shared/data/mnist" --samples 64 --seed "$seed" \
    --explainer gradient --explainer smooth-grad --attack ghorbani-topk:start=random,iterations=50 --epsilon 8/255 \
    --out "$folder/run-$seed" --quiet --no-progress >/dev/null
  "$program" baseline "$folder/run-$seed" --out "$folder/$seed.json" --quiet >/dev/null
done
printf 'margin = 0\nleast-margin = 0\n' >"$folder/no-margin"
declare -A failed=([usual]=0 [none]=0) equal=([usual]=0 [none]=0)
for ((a = 0; a < count; ++a)); do
  for ((b = a + 1; b < count; ++b)); do
    for margin in usual none; do
      policy=()
      if [ "$margin" = none ]; then policy=(--policy "$folder/no-margin"); fi
      code=0
      said=$("$program" check "$folder/run-$b" --baseline "$folder/$a.json" "${policy[@]}") || code=$?
      if [ "$code" -eq 1 ]; then failed[$margin]=$((failed[$margin] + 1)); fi
      if ! grep -q 'interval' <<<"$said"; then equal[$margin]=$((equal[$margin] + 1)); fi
    done
  done
done
pairs=$((count * (count - 1) / 2))
echo "$pairs pairs (equal on every sample: ${equal[usual]}); failed: ${failed[usual]} with the usual margins, ${failed[none]} with none"
