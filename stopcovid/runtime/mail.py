"""The demo's mail catcher: every message it is given lands in a Maildir, none leaves."""

import argparse
import asyncio
import signal
from pathlib import Path

from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import SMTP

from stopcovid.runtime.ports import LOOPBACK


async def serve(port: int, maildir: Path) -> None:
    """Accept mail on the loopback address until told to stop."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    handler = Mailbox(maildir)
    server = await loop.create_server(
        lambda: SMTP(handler, enable_SMTPUTF8=True, ident="StopCOVID mail catcher"),
        LOOPBACK,
        port,
    )
    async with server:
        await stop.wait()


def main() -> None:
    """`python -m stopcovid.runtime.mail PORT MAILDIR`."""
    parser = argparse.ArgumentParser(prog="stopcovid.runtime.mail", description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("maildir", type=Path)
    args = parser.parse_args()
    asyncio.run(serve(args.port, args.maildir))


if __name__ == "__main__":
    main()
