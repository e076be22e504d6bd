"""The edge's second listener, for HTTPS, while the local stack has TLS."""

from collections.abc import Callable

from toolchain.datapath.edge.certificates import NameCertificates
from toolchain.datapath.edge.listener import Answer, Listener
from toolchain.datapath.tls import Tls

FIRST_PORT = 8443


class SecureListener:
    """Listens for HTTPS while the TLS option is on.

    Args:
        option: The TLS option; the authority is stored in its folder.
        answer: Function that answers a request.
        say: Function that writes a line into the log.
    """

    def __init__(self, option: Tls, answer: Answer, say: Callable[[str], None]) -> None:
        self._option = option
        self._certificates = NameCertificates(option.folder, option.authority, say)
        self._listener = Listener(answer, say, tls=self._certificates.server_context())

    @property
    def port(self) -> int | None:
        """The port; None while it does not listen."""
        return self._listener.port

    async def converge(self, noted_port: Callable[[], int | None]) -> int | None:
        """Start listening if the option is on, stop if it is off.

        Args:
            noted_port: Function that returns the port of an earlier listener of this stack; None if there was none.

        Returns:
            The port; None without TLS.

        Raises:
            OSError: No port is free, or the authority cannot be stored.
        """
        if not self._option.is_on:
            await self.close()
            return None
        # Fast: it usually only checks two files, and a new authority takes only milliseconds.
        self._certificates.ensure()
        return self.port or await self._listener.open(noted_port() or FIRST_PORT)

    async def close(self) -> None:
        """Stop listening; unfinished requests get a moment."""
        await self._listener.close()
