#!/bin/sh
# The smallest explainer that faultline can ask: its map is the input itself, whatever the network. Every line on stdin is a
# request, every line on stdout an answer; the protocol is docs/reference/external-explainers.md.
#
#   faultline audit --model lenet.pt --data mnist --explainer 'external:command=(sh examples/shell/input_as_map.sh)'

# The text of a key, or its number.
text() { printf '%s\n' "$request" | sed -n 's/.*"'"$1"'":"\([^"]*\)".*/\1/p'; }
number() { printf '%s\n' "$request" | sed -n 's/.*"'"$1"'":\([0-9]*\).*/\1/p'; }

while IFS= read -r request; do
  if cp "$(text inputs)" "$(text maps)"; then
    printf '{"request":%s}\n' "$(number request)"
  else
    printf '{"request":%s,"error":"the inputs cannot be copied"}\n' "$(number request)"
  fi
done
