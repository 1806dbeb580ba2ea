#!/bin/sh
# natkeeper-apply, natkeeper-guard, natkeeper-probe: the name it is called by says which. -I and -S: nothing of the
# surroundings, nothing that was installed beside us. The SSM agent's PATH may leave out where iptables are.
PATH=$PATH:/usr/sbin:/sbin exec python3 -I -S /usr/local/lib/natkeeper "${0##*-}" "$@"
