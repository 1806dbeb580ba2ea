"""The kernel's settings of a node, each with its reason."""

from __future__ import annotations

CONNTRACK = "net/netfilter/nf_conntrack_"
IDLE = {
    # As AWS's NAT gateway, which forgets a flow after 350 idle seconds; the kernel's five days would keep the
    # dead until the table is full. The gateway answers who goes on then with a reset. Here the flow is learnt
    # anew when its client speaks, and lives.
    "tcp_timeout_established": 350,
    # Nothing tells whether anybody still listens: as AWS's gateway, too.
    "udp_timeout": 120,
    "udp_timeout_stream": 120,
    "icmp_timeout": 60,
    "generic_timeout": 60,
    # Openings and endings: the kernel's own, which cover the repetitions of both ends; held against others.
    "tcp_timeout_syn_sent": 120,
    "tcp_timeout_syn_recv": 60,
    "tcp_timeout_fin_wait": 120,
    "tcp_timeout_close_wait": 60,
    "tcp_timeout_last_ack": 30,
    "tcp_timeout_time_wait": 120,
    "tcp_timeout_close": 10,
    "tcp_timeout_max_retrans": 300,
    "tcp_timeout_unacknowledged": 300,
}
"""Seconds until the connection table forgets a flow on which nothing is said."""


def settings(interface: str) -> dict[str, object]:
    """Returns them, by their place below /proc/sys, for the interface that leads out."""
    return {
        "net/ipv4/ip_forward": 1,
        # It spreads to the interfaces only when it changes.
        f"net/ipv4/conf/{interface}/forwarding": 1,
        # Answers may come from anywhere that can be reached at all.
        "net/ipv4/conf/all/rp_filter": 2,
        # Traffic leaves by the interface that it came in by: nobody is told of a shorter way. Redirects go
        # out if either "all" or the interface says so.
        "net/ipv4/conf/all/accept_redirects": 0,
        "net/ipv4/conf/all/send_redirects": 0,
        "net/ipv4/conf/default/send_redirects": 0,
        f"net/ipv4/conf/{interface}/send_redirects": 0,
        "net/ipv4/ip_local_port_range": "1024 65535",
        # A successor meets flows in their middle, and has not seen their windows.
        f"{CONNTRACK}tcp_be_liberal": 1,
        f"{CONNTRACK}tcp_loose": 1,
        **{f"{CONNTRACK}{name}": seconds for name, seconds in IDLE.items()},
    }


def of_the_kernel(memory: int) -> dict[str, object]:
    """Returns, for so many kB, those of the whole kernel: a container may not set them, and does without."""
    # An entry takes about 400 bytes: at most a tenth of the memory for all.
    entries = min(max(memory // 4, 65536), 1048576)
    return {f"{CONNTRACK}max": entries, f"{CONNTRACK}buckets": entries // 2}
