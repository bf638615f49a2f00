"""HTTP to addresses that others name: never into the network the service stands in (ADR 0013)."""

from collections.abc import Iterable, Sequence
from typing import Any

import httpcore2
import httpx2

from huasuan.kernel.addresses import Reach


class _CheckedBackend(httpcore2.NetworkBackend):
    """Looks a name up once, checks what it stands for and connects to just that.

    Every connection comes through here, those of redirects too; TLS still goes by the name.
    """

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._plain = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """A connection to the first address that answers."""
        try:
            found: Sequence[str] = self._reach.addresses(host, port)
        except OSError as error:
            raise httpcore2.ConnectError(str(error)) from error
        failure: Exception = httpcore2.ConnectError(f"{host} has no address")
        for address in found:
            try:
                return self._plain.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore2.NetworkStream:
        """Never: nobody outside has a socket here."""
        raise httpcore2.ConnectError(path)


def checked_transport(reach: Reach) -> httpx2.HTTPTransport:
    """A transport for ``httpx2.Client`` that refuses inner addresses; proxies of the environment are not asked.

    Raises, when used
    -----------------
    Broken
        ``address_refused``
    """
    transport = httpx2.HTTPTransport(trust_env=False)
    # The library has no other place for it.
    transport._pool = httpcore2.ConnectionPool(
        ssl_context=httpx2.create_ssl_context(trust_env=False), network_backend=_CheckedBackend(reach)
    )
    return transport
