"""Addresses of the inner network are refused however they are written or named."""

import ipaddress
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huasuan.kernel.addresses import Reach, is_public
from huasuan.kernel.errors import Broken

INNER = (  # every way to write one of our own
    "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0.0.0.0",  # noqa: S104
    "localhost", "10.0.0.1", "172.16.5.4", "192.168.1.1",
    "169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "[::1]", "::", "fe80::1", "fc00::1",
    "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::", "ff02::1",
)  # fmt: skip


@pytest.mark.parametrize("host", INNER)
def test_inner_addresses_are_refused(host: str) -> None:
    with pytest.raises(Broken) as refused:
        Reach(()).addresses(host, 80)
    assert refused.value.code == "address_refused"


@pytest.mark.parametrize("host", ["8.8.8.8", "2606:4700:4700::1111"])
def test_public_ones_are_not(host: str) -> None:
    assert Reach(()).addresses(host, 443) == [host]


def test_a_name_with_one_inner_address_is_refused_whole() -> None:
    def both(_host: str, _port: int) -> Sequence[str]:
        return ["8.8.8.8", "10.0.0.7"]

    with pytest.raises(Broken):
        Reach((), resolve=both).addresses("rebinding.example", 80)
    assert Reach(("10.0.0.0/24",), resolve=both).addresses("rebinding.example", 80) == ["8.8.8.8", "10.0.0.7"]
    assert Reach(("Rebinding.example",), resolve=both).addresses("rebinding.example", 80)
    with pytest.raises(Broken):
        Reach(("10.0.1.0/24", "other.example"), resolve=both).addresses("rebinding.example", 80)


@given(st.ip_addresses(v=4))
def test_an_address_written_as_one_of_six_is_judged_as_what_it_is(address: ipaddress.IPv4Address) -> None:
    assert is_public(ipaddress.IPv6Address(f"::ffff:{address}")) == is_public(address)
