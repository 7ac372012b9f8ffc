"""Exim with hardlink-query, for servers.py."""

import contextlib
import os
import tempfile

from exim import Exim
from harness import PREFIX
from hardlinks import Hardlinks
from query import Query
from sink import Sink


@contextlib.contextmanager
def exim_query(place, _modules):
    with contextlib.ExitStack() as stack:
        directory = stack.enter_context(
            tempfile.TemporaryDirectory(prefix="hardlink-suite."))
        os.chmod(directory, 0o755)
        hardlinks = Hardlinks(f"{directory}/hardlink", PREFIX)
        place.prepare(hardlinks)
        query = Query(directory, hardlinks, PREFIX)
        query.start()
        stack.callback(query.stop)
        sink = Sink(f"{directory}/sink")
        stack.callback(sink.stop)
        exim = Exim(f"{directory}/exim", query.query_socket,
                    place.wanted("recipients"), f"{directory}/sink",
                    domains=place.domains,
                    settings="dsn_advertise_hosts = *\n",
                    tls=(place.certificate, place.key), login=True)
        stack.callback(exim.stop)
        exim.start()
        yield (f"smtp:127.0.0.1:{exim.port}",
               ["--user", place.user, "--password-file", place.password])
