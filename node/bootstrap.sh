#!/bin/bash
# Makes a NAT of it, once.
set -euo pipefail
umask 022
command -v python3 >/dev/null || dnf -y -q install python3 || { apt-get -q update && apt-get -q -y install python3; }
new=$(mktemp -dp /run)
trap 'rm -r "$new"' EXIT
python3 -I -c 'import bz2,pathlib,sys
n=0
for c in input():n=n*93+ord(c)-33-(c>"$")
for part in bz2.decompress(n.to_bytes(1<<14,"big").lstrip(b"\0")).decode().split("\f")[1:]:
 name,text=part.split("\n",1)
 to=pathlib.Path(sys.argv[1],name)
 to.parent.mkdir(parents=1,exist_ok=1)
 to.write_text(text)' "$new" <<'END'
@programs@
END
base64 -d <<<'${Values}' | python3 -I -S "$new" setup
