#!/bin/bash
# natkeeper: makes a NAT of this instance, once, with the programs that are packed below.
set -euo pipefail
umask 022
command -v python3 >/dev/null || dnf -y -q install python3 || { apt-get -q update && apt-get -q -y install python3; }
new=$(mktemp -d /run/natkeeper.XXXXXX)
trap 'rm -r "$new"' EXIT
base64 -d >"$new/packed" <<'END'
@programs@
END
mkdir "$new/programs"
python3 -I -m tarfile -e "$new/packed" "$new/programs"
# The values as base64, so that the shell finds no syntax in any. All are checked before anything is changed.
base64 -d <<<'${Values}' | python3 -I -S "$new/programs" setup
