"""Source/dest check and security groups at the far end of each interface, and the gateway's addresses.

As nftables rulesets, each loaded in one transaction. A security group's memory of flows is a set with
time-outs for each interface, so that it survives a change of the rules, and one flow can pass two interfaces.
"""

from __future__ import annotations

from lab.packets.picture import ALL_PORTS, ANYWHERE, Interface, Rule, Vpc

# A Nitro v6 interface forgets an idle TCP flow after 350 s; older ones after five days.
TCP_IDLE, OTHER_IDLE = "350s", "180s"
IDLE = {"tcp": TCP_IDLE, "udp": OTHER_IDLE}
_FLOW = "ipv4_addr . ipv4_addr . inet_proto . inet_service . inet_service"
_OUT = "ip saddr . ip daddr . meta l4proto . th sport . th dport"
_IN = "ip daddr . ip saddr . meta l4proto . th dport . th sport"
_PORTLESS_OUT = "ip saddr . ip daddr . meta l4proto"
_PORTLESS_IN = "ip daddr . ip saddr . meta l4proto"
_BEGINS = "tcp flags & (fin | syn | rst | ack) == syn"
_ERRORS = "icmp type { destination-unreachable, time-exceeded, parameter-problem } accept"


def ruleset(vpc: Vpc, gone: set[str]) -> str:
    """Returns the router's ruleset; `gone` are devices that an earlier one knew."""
    devices = [interface.device for interface in vpc.interfaces]
    lines = ["add table ip vpc", *_sets(devices), *_base_chains(), *_forgotten(gone)]
    for direction, hook in (("out", "leaving"), ("in", "arriving")):
        for device in devices:
            lines += [f"add chain ip vpc {direction}_{device}", f"flush chain ip vpc {direction}_{device}"]
        word = "iifname" if direction == "out" else "oifname"
        jumps = ", ".join(f'"{device}" : jump {direction}_{device}' for device in devices)
        lines.append(f"add rule ip vpc {hook} {word} vmap {{ {jumps} }}" if jumps else "")
        # An interface whose groups are not here yet, or not any more.
        lines.append(f'add rule ip vpc {hook} {word} "e*" drop')
    for interface in vpc.interfaces:
        lines += _check(interface)
        for direction in ("out", "in"):
            lines += _chain(interface, direction, midstream=vpc.midstream)
    return "\n".join(line for line in lines if line) + "\n"


def _sets(devices: list[str]) -> list[str]:
    lines = []
    for device in devices:
        dynamic = "flags dynamic, timeout; size 262144;"
        lines.append(f"add set ip vpc flows_{device} {{ type {_FLOW}; {dynamic} }}")
        lines.append(
            f"add set ip vpc talks_{device} {{ type ipv4_addr . ipv4_addr . inet_proto; {dynamic} }}"
        )
    return lines


def _base_chains() -> list[str]:
    return [
        "add chain ip vpc leaving { type filter hook prerouting priority -350; policy accept; }",
        "add chain ip vpc arriving { type filter hook postrouting priority 350; policy accept; }",
        "flush chain ip vpc leaving",
        "flush chain ip vpc arriving",
    ]


def _forgotten(gone: set[str]) -> list[str]:
    lines = []
    for device in sorted(gone):
        for chain in (f"out_{device}", f"in_{device}"):
            # Added first, for it may be gone: a deletion of nothing would refuse the whole transaction.
            lines += [f"{verb} chain ip vpc {chain}" for verb in ("add", "flush", "delete")]
        lines += [*_sets([device]), f"delete set ip vpc flows_{device}", f"delete set ip vpc talks_{device}"]
    return lines


def _check(interface: Interface) -> list[str]:
    if not interface.check:
        return []
    own = ", ".join(interface.addresses)
    device = interface.device
    return [
        f"add rule ip vpc out_{device} ip saddr != {{ {own} }} counter drop",
        f"add rule ip vpc in_{device} ip daddr != {{ {own} }} counter drop",
    ]


def _chain(interface: Interface, direction: str, *, midstream: bool) -> list[str]:
    device, out = interface.device, direction == "out"
    chain = f"add rule ip vpc {direction}_{device}"
    peer, rules, other = (
        ("ip daddr", interface.egress, interface.ingress)
        if out
        else ("ip saddr", interface.ingress, interface.egress)
    )
    flow, talk = (_OUT, _PORTLESS_OUT) if out else (_IN, _PORTLESS_IN)
    lines = [
        # No group can close the way to the metadata service and to the resolver.
        f"{chain} {peer} 169.254.169.0/24 accept",
        f"{chain} fib {'daddr' if out else 'saddr'} type local accept",
        *_known(chain, device, flow, talk),
    ]
    for rule in rules:
        permitted = _permissions(rule, other, peer, device, flow, talk, "" if midstream else f"{_BEGINS} ")
        lines += [f"{chain} {text}" for text in permitted]
    return [*lines, f"{chain} {_ERRORS}", f"{chain} counter drop"]


def _known(chain: str, device: str, flow: str, talk: str) -> list[str]:
    kept = [(protocol, f"flows_{device}", flow, idle) for protocol, idle in IDLE.items()]
    kept.append(("!= { tcp, udp }", f"talks_{device}", talk, OTHER_IDLE))
    return [
        # An answer keeps a flow alive as well as a question does.
        f"{chain} meta l4proto {protocol} {key} @{known} update @{known} {{ {key} timeout {idle} }} accept"
        for protocol, known, key, idle in kept
    ]


def _permissions(  # noqa: PLR0917 - one line of a ruleset
    rule: Rule, other: tuple[Rule, ...], peer: str, device: str, flow: str, talk: str, begins: str
) -> list[str]:
    if not rule.ranges:
        return []
    match = "" if ANYWHERE in rule.ranges else f"{peer} {{ {', '.join(sorted(set(rule.ranges)))} }} "
    lines = []
    for protocol, idle in IDLE.items():
        if rule.protocol not in (protocol, "-1"):
            continue
        ports = "" if rule.ports == ALL_PORTS else f"{protocol} dport {rule.ports[0]}-{rule.ports[1]} "
        # Open to everyone, and so is the whole way back: AWS does not track such a flow.
        untracked = not match and any(each.opens_all(protocol) for each in other)
        kept = f"update @flows_{device} {{ {flow} timeout {idle} }} "
        if not untracked:
            first = begins if protocol == "tcp" else ""
            lines.append(f"{match}meta l4proto {protocol} {ports}{first}{kept}accept")
        if untracked or (begins and protocol == "tcp"):
            # Permitted as it is, and not remembered: what answers it needs a rule of its own.
            lines.append(f"{match}meta l4proto {protocol} {ports}accept")
    if rule.protocol not in ("tcp", "udp"):
        only = "!= { tcp, udp }" if rule.protocol == "-1" else rule.protocol
        kept = f"update @talks_{device} {{ {talk} timeout {OTHER_IDLE} }}"
        lines.append(f"{match}meta l4proto {only} {kept} accept")
    return lines


def gateway(vpc: Vpc) -> str:
    """Returns the internet gateway's ruleset: one public address for one private one, without memory. What
    has no public address does not pass. Its chains stay: a new one meets packets before its rules do."""
    pairs = [pair for i in vpc.interfaces for pair in i.mapped] if vpc.gateway else []
    inward = ", ".join(f"{public} : {private}" for private, public in pairs)
    outward = ", ".join(f"{private} : {public}" for private, public in pairs)
    inside = f"ip daddr set ip daddr map {{ {inward} }} accept" if pairs else ""
    outside = f"ip saddr set ip saddr map {{ {outward} }} accept" if pairs else ""
    return f"""
table ip gateway {{
  chain inward {{ }}
  chain outward {{ }}
  chain in {{ type filter hook prerouting priority -400; policy accept; }}
  chain out {{ type filter hook postrouting priority 400; policy accept; }}
}}
flush table ip gateway
table ip gateway {{
  chain in {{
    iifname "internet" jump inward
  }}
  chain inward {{
    {inside}
    counter drop
  }}
  chain out {{
    oifname "internet" jump outward
  }}
  chain outward {{
    {outside}
    counter drop
  }}
}}
"""
