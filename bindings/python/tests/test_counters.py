"""Counters."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from conftest import Scene

import procnet


def test_interfaces_have_the_counters_of_net_dev() -> None:
    counters = procnet.interfaces()
    with open("/proc/net/dev") as file:
        names = [line.split(":")[0].strip() for line in file.readlines()[2:]]
    assert list(counters) == names
    assert len(counters["lo"]) == 16
    before = counters["lo"]["rx_packets"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.sendto(b"x", ("127.0.0.1", 9))
    assert procnet.interfaces()["lo"]["rx_packets"] > before


def test_protocols_are_found_in_any_case() -> None:
    assert list(procnet.snmp("tcp", "UDP")) == ["Tcp", "Udp"]
    assert procnet.snmp("tcp")["Tcp"]["MaxConn"] == -1
    assert "ListenOverflows" in procnet.netstat("tcpext")["TcpExt"]
    assert {"Ip", "Tcp", "Udp"} <= procnet.snmp().keys()
    assert procnet.snmp6()["Ip6InReceives"] >= 0
    assert procnet.interface_snmp6("lo").keys() <= procnet.snmp6().keys() | {"ifIndex"}


def test_sockets_are_counted(scene: Scene) -> None:
    assert procnet.sockstat()["TCP"]["inuse"] >= 3
    assert procnet.sockstat6()["UDP6"]["inuse"] >= 1
    assert all("processed" in cpu for cpu in procnet.softnet())
    assert "TCP" in {protocol["protocol"] for protocol in procnet.protocols()}


def test_conntrack_that_is_not_loaded_has_an_exception_of_its_own() -> None:
    try:
        counts = procnet.conntrack_counts()
    except procnet.ConntrackNotLoaded as error:
        assert isinstance(error, procnet.NotAvailable)
        return
    except (procnet.NotAvailable, procnet.PermissionDenied) as error:
        pytest.skip(str(error))
    assert 0 <= counts["count"] <= counts["max"]


def test_conntrack_of_a_capture(tmp_path: Path) -> None:
    net = tmp_path / "net"
    (net / "stat").mkdir(parents=True)
    (net / "stat/nf_conntrack").write_text(
        "entries  found new\n00000007  00000002 00000001\n00000007  00000003 00000000\n"
    )
    (net / "nf_conntrack").write_text(
        "ipv4     2 tcp      6 431999 ESTABLISHED src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2"
        " src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1 [ASSURED] mark=0 use=1\n"
    )
    stats = procnet.conntrack_stats(root=tmp_path)
    assert stats["total"]["entries"] == 7 and stats["total"]["found"] == 5
    assert [cpu["found"] for cpu in stats["cpus"]] == [2, 3]
    (connection,) = procnet.tracked(root=tmp_path)
    assert connection["network"] == "ipv4"
