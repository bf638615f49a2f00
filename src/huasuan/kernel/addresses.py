"""Which network addresses the service may call when somebody else has named them (SSRF, ADR 0013)."""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from huasuan.kernel.errors import Broken, InvalidInput
from huasuan.kernel.text import Text

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], Sequence[str]]
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def is_public(address: Address) -> bool:
    """Whether an address is one of the internet: not of this machine, this network, or a way to write one of those.

    >>> is_public(ipaddress.ip_address("8.8.8.8")), is_public(ipaddress.ip_address("::ffff:127.0.0.1"))
    (True, False)
    """
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(inner)
        if address.sixtofour is not None or address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast


class Reach:
    """Where requests may go: every public address, and the hosts and networks the operator has named."""

    def __init__(self, inner: Sequence[str], *, resolve: Resolve | None = None) -> None:
        self._resolve = resolve or _resolved
        self._hosts = frozenset(one.lower() for one in inner)
        self._networks = tuple(network for one in inner if (network := _network(one)) is not None)

    def addresses(self, host: str, port: int) -> Sequence[str]:
        """What a name stands for, if requests may go to every one of its addresses.

        The caller connects to one of these and does not look the name up again: it might be another one by then.

        Raises
        ------
        Broken
            ``address_refused``
        OSError
            the name is not known
        """
        found = self._resolve(host, port)
        if host.lower() not in self._hosts and not all(map(self._allowed, found)):
            raise Broken(
                "address_refused",
                Text(zh=f"{host} 指向内部网络地址", en=f"{host} is an address of an inner network"),
                Text(
                    zh="如确需访问，请在 HUASUAN_INNER_HOSTS 中加入该主机或网段。",
                    en="If it is meant, add the host or its network to HUASUAN_INNER_HOSTS.",
                ),
            )
        return found

    def _allowed(self, text: str) -> bool:
        address = ipaddress.ip_address(text.partition("%")[0])
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return is_public(address) or any(address in network for network in self._networks)


def check_address(reach: Reach, address: str) -> None:
    """Refuse an address that could never be sent to, while whoever typed it is still there.

    A name that nobody knows now may be known later. What is checked here is checked again with every connection: a name
    may stand for another address by then.

    Raises
    ------
    InvalidInput
        ``bad_address``, ``inner_address``
    """
    try:
        parts = urlsplit(address)
        port = parts.port or (80 if parts.scheme == "http" else 443)
        if parts.scheme not in {"https", "http"} or not parts.hostname:
            raise ValueError(address)
        reach.addresses(parts.hostname, port)
    except ValueError:
        raise InvalidInput(
            "bad_address",
            Text(zh=f"不是网址：{address}", en=f"not a web address: {address}"),
            Text(zh="请填写以 https:// 开头的网址。", en="Give an address that begins with https://."),
        ) from None
    except Broken as error:
        raise InvalidInput("inner_address", error.text, error.remedy) from None
    except OSError:
        return


def _network(text: str) -> _Network | None:
    try:
        return ipaddress.ip_network(text.strip("[]"), strict=False)
    except ValueError:
        return None


def _resolved(host: str, port: int) -> Sequence[str]:
    # Numbers in odd clothes (0x7f.1, 2130706433, 127.1) are resolved here like names, and checked as what they are.
    found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))
