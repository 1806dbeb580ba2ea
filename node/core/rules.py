"""The firewall as text for iptables-restore, from parameters, the interface that leads out, and its address.

A mark is set in nat and asked for in filter: a flow begun while nat is flushed would stay untranslated for as
long as its client repeats itself. What is established comes first, and forwards have chains of their own: the
length of a list costs other packets nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from node.core.parameters import Parameters
from node.core.peers import Cover

MARKED = "-m connmark --mark 0x6e6b"
MARK = "-j CONNMARK --set-xmark 0x6e6b"
PROBES = "169.254.253.0/24"
"""Where the probe's own clients live, behind interfaces that are called nkp and a number."""
BEATS, ECHOES, FLOWS = 7007, 7008, 7009
"""UDP ports: a peer's beat comes to the one and goes back to the other; the last one hears of its flows."""


def rules(
    asked: Parameters,
    interface: str,
    address: str,
    peers: Sequence[str] = (),
    cover: Cover = Cover(),  # noqa: B008
) -> str:
    """Returns all tables, each of which the kernel takes whole or not at all; peers by their addresses."""
    own = [address, cover.address][: 1 + bool(cover.address)]
    # After a table that has chains of its own, the next one waits some 15 ms for the kernel: filter, without
    # which nothing passes, is put first. It lets nothing through that nat has not marked.
    tables = {
        "filter": _filter(asked, interface, address, peers),
        "nat": _nat(asked, interface, own, peers, cover.ranges),
        "mangle": _mangle(asked, interface, own),
    }
    lines = (line for name, body in tables.items() for line in (f"*{name}", *body, "COMMIT"))
    return "".join(f"{line}\n" for line in lines)


def _mangle(asked: Parameters, interface: str, own: list[str]) -> Iterator[str]:
    middle = "! --syn -m conntrack --ctstate NEW,INVALID"
    yield ":natkeeper-middle -"
    yield f"-A PREROUTING -i {interface} -p tcp {middle} -j natkeeper-middle"
    for each in asked.forwards:
        if each.protocol == "tcp":
            # A successor learns a forwarded flow from its outer end; from the inner one its port is wrong.
            yield f"-A natkeeper-middle -s {each.host} -p tcp --sport {each.to} -j DROP"
            for address in own:
                outer = f"-s {asked.admin} -p tcp --dport {each.port}"
                yield f"-A natkeeper-middle -d {address} {outer} -j RETURN"
    # Against resets: the stack never answers for a flow it has not seen; the client's next packet teaches it.
    for address in own:
        yield f"-A natkeeper-middle -d {address} -j DROP"
    # An internet gateway passes 1500 bytes, the interface offers 9001.
    for flags in ("SYN", "SYN,ACK"):  # apart, for what they count
        yield f"-A FORWARD -p tcp --tcp-flags SYN,RST,ACK {flags} -j TCPMSS --set-mss 1460"


def _nat(
    asked: Parameters, interface: str, own: list[str], peers: Sequence[str], covered: list[str]
) -> Iterator[str]:
    yield from (":natkeeper-forward -", ":natkeeper-ring -")
    # The probe's clients first, for they may ask the VPC's resolver. Else what stays inside is left alone.
    yield f"-A PREROUTING -i nkp+ -s {PROBES} {MARK}"
    yield f"-A PREROUTING -i {interface} -d {own[0]} -p udp --dport {BEATS} -j natkeeper-ring"
    for peer in peers:
        # Marked and translated as all that passes: nothing that breaks for others goes on for these.
        yield f"-A natkeeper-ring -s {peer} {MARK}"
        yield f"-A natkeeper-ring -s {peer} -p udp -j DNAT --to-destination {peer}:{ECHOES}"
    for address in own:
        yield f"-A PREROUTING -i {interface} -d {address} -j natkeeper-forward"
    for each in asked.ranges:
        yield f"-A natkeeper-forward -s {each} -j RETURN"
    # What comes to a cover address and belongs to no flow would be sent on to itself.
    for each in (*asked.ranges, *own[1:]):
        yield f"-A PREROUTING -d {each} -j RETURN"
    for forward in asked.forwards:
        to = f"{forward.host}:{forward.to}"
        outer = f"-s {asked.admin} -p {forward.protocol} --dport {forward.port}"
        yield f"-A natkeeper-forward {outer} -j DNAT --to-destination {to}"
    for each in asked.sources:
        yield f"-A PREROUTING -i {interface} -s {each} {MARK}"
    if not asked.keep:
        # The host answers this node, wherever its route table leads.
        yield f"-A POSTROUTING -o {interface} -m conntrack --ctstate DNAT -j MASQUERADE"
    yield from _cover(interface, own[1:], covered)
    yield from _source(f"-A POSTROUTING -o {interface}", f"{MARKED} -j MASQUERADE", " --to-ports ")


def _cover(interface: str, own: list[str], covered: list[str]) -> Iterator[str]:
    for address in own:
        yield ":natkeeper-cover -"
        # Beats go on as the node's own.
        yield f"-A POSTROUTING -o {interface} {MARKED} -m conntrack ! --ctstate DNAT -j natkeeper-cover"
        for each in covered:
            yield from _source(f"-A natkeeper-cover -s {each}", f"-j SNAT --to-source {address}", ":")


def _source(first: str, then: str, ports: str) -> Iterator[str]:
    # No random ports: a successor must choose the same one. But, as from the gateway, none below 1024, which
    # network ACLs need not let back in: a flow from there gets any port, and another one from a successor.
    for protocol in ("tcp", "udp"):
        yield f"{first} -p {protocol} --sport 0:1023 {then}{ports}1024-65535"
    yield f"{first} {then}"


def _filter(asked: Parameters, interface: str, address: str, peers: Sequence[str]) -> Iterator[str]:
    # INPUT drops by policy: were it open when somebody flushes the rules, the stack would reset every flow.
    yield from (":INPUT DROP", ":FORWARD DROP", ":OUTPUT ACCEPT")
    yield "-A INPUT -i lo -j ACCEPT"
    yield "-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT"
    for each in asked.sources:
        yield f"-A INPUT -s {each} -p icmp --icmp-type echo-request -j ACCEPT"
    # AWS's DHCP server is the subnet's router, and no range of a VPC is wider than /16.
    yield f"-A INPUT -i {interface} -s {address}/16 -p udp --sport 67 --dport 68 -j ACCEPT"
    for peer in peers:
        yield f"-A INPUT -i {interface} -s {peer} -p udp --dport {ECHOES}:{FLOWS} -j ACCEPT"
    if asked.ssh:
        yield f"-A INPUT -i {interface} -s {asked.admin} -p tcp --dport 22 -j ACCEPT"
    # First of all, and with its interface: who counts clients' packets leaves these out.
    yield (
        f"-A FORWARD -i {interface} -o {interface} -p udp --dport {ECHOES}"
        f" -m conntrack --ctstate DNAT {MARKED} -j ACCEPT"
    )
    for way in (" --ctdir REPLY", ""):  # apart, for what they count
        yield f"-A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED{way} -j ACCEPT"
    yield "-A FORWARD -m conntrack --ctstate INVALID -j DROP"
    yield f"-A FORWARD -o {interface} {MARKED} -j ACCEPT"
    for forward in asked.forwards:
        inner = f"-d {forward.host} -p {forward.protocol} --dport {forward.to} -m conntrack --ctstate DNAT"
        yield f"-A FORWARD -i {interface} -o {interface} {inner} -j ACCEPT"
