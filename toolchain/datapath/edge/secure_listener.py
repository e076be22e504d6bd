"""The edge's second listener: HTTPS, for as long as the local stack has TLS."""

from collections.abc import Callable

from toolchain.datapath.edge.certificates import NameCertificates
from toolchain.datapath.edge.listener import Answer, Listener
from toolchain.datapath.tls import Tls

FIRST_PORT = 8443


class SecureListener:
    """Listens while the option is on.

    Args:
        option: The option; the authority is made in its folder.
        answer: Answers a request.
        say: Writes a line of the log.
    """

    def __init__(self, option: Tls, answer: Answer, say: Callable[[str], None]) -> None:
        self._option = option
        self._certificates = NameCertificates(option.folder, option.authority, say)
        self._listener = Listener(answer, say, tls=self._certificates.server_context())

    @property
    def port(self) -> int | None:
        """The port; None while nothing listens."""
        return self._listener.port

    async def converge(self, noted_port: Callable[[], int | None]) -> int | None:
        """Listen, or end it, as the option says now.

        Args:
            noted_port: Looks up the port of an earlier listener of this stack; None when there was none.

        Returns:
            The port; None without TLS.

        Raises:
            OSError: No port is free, or the authority cannot be kept.
        """
        if not self._option.is_on:
            await self.close()
            return None
        # Two looks at files; what it makes now and then takes milliseconds.
        self._certificates.ensure()
        return self.port or await self._listener.open(noted_port() or FIRST_PORT)

    async def close(self) -> None:
        """Stop listening; requests under way get a moment."""
        await self._listener.close()
