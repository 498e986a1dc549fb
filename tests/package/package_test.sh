#!/usr/bin/env bash
# Makes the Debian package, installs it with dpkg into a system of its own below a folder, and runs the program from there.
# usage: package_test.sh BUILD VERSION       77: the tools are not here
set -euo pipefail
build=$1 version=$2
for tool in cpack dpkg dpkg-deb dpkg-shlibdeps; do command -v "$tool" >/dev/null || { echo "needs $tool"; exit 77; }; done
[ "$(id -u)" -eq 0 ] || { echo "needs root, as dpkg does"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$build" && cpack -B "$work/made") >"$work/log" 2>&1 || { tail -n 20 "$work/log"; exit 1; }
packages=("$work"/made/*.deb)
[ "${#packages[@]}" -eq 1 ] || { echo "made ${#packages[@]} packages"; exit 1; }
package=${packages[0]}
[ "$(dpkg-deb -f "$package" Package Version | paste -sd' ')" = "Package: faultline Version: $version" ]
depends=$(dpkg-deb -f "$package" Depends)
for needed in libtorch libopencv-core libboost-program-options libsqlite3; do
  grep -q "$needed" <<<"$depends" || { echo "does not depend on $needed: $depends"; exit 1; }
done
# The dependencies are this machine's own, which the new system does not know of.
root=$work/root
mkdir -p "$root/var/lib/dpkg/updates" "$root/var/lib/dpkg/info"
touch "$root/var/lib/dpkg/status"
dpkg --root="$root" --force-depends -i "$package" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
[ "$(dpkg-query --admindir="$root/var/lib/dpkg" -W -f '${db:Status-Status}' faultline)" = installed ]
program=$root/usr/bin/faultline
# Kept whole: a reader that stops at the first line would end the program by a signal.
[[ $("$program" --version) == *"$version"* ]] || { echo "--version does not say $version"; exit 1; }
[[ $("$program" list explainers) == *integrated-gradients* ]] || { echo "list explainers lists none"; exit 1; }
for path in share/man/man1/faultline.1 share/doc/faultline/README.md include/faultline/explainers/gradient.h share/bash-completion/completions/faultline; do
  [ -s "$root/usr/$path" ] || { echo "$path is not in the package"; exit 1; }
done
"$program" audit --samples 2 --explainer gradient --attack ghorbani-topk:iterations=2,beta=20 --epsilon 8/255 --out "$work/run" --quiet >/dev/null
"$program" check "$work/run" --require 'gradient/fragility/ghorbani-topk@8: min top-k >= 0' >/dev/null
echo "$(du -h "$package" | cut -f1) package, installed and run"
