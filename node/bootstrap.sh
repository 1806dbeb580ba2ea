#!/bin/bash
# natkeeper: makes a NAT of this instance, once, with what is packed below.
set -euo pipefail
umask 022
command -v python3 >/dev/null || dnf -y -q install python3 || { apt-get -q update && apt-get -q -y install python3; }
new=$(mktemp -d /run/natkeeper.XXXXXX)
trap 'rm -r "$new"' EXIT
python3 -I -c 'import base64,bz2,pathlib,sys
for part in bz2.decompress(base64.b85decode(sys.stdin.read().replace("\n","").replace(".","$"))).decode().split("\f")[1:]:
 name,text=part.split("\n",1)
 file=pathlib.Path(sys.argv[1],name)
 file.parent.mkdir(parents=True,exist_ok=True)
 file.write_text(text)' "$new" <<'END'
@programs@
END
base64 -d <<<'${Values}' | python3 -I -S "$new" setup
