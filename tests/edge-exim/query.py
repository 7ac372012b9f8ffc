"""hardlink-query as its own unprivileged user."""

import contextlib
import os
import socket

from milter import Milter


class Query(Milter):
    def __init__(self, directory, hardlinks, prefix):
        self.query_socket = f"{directory}/run/query.sock"
        super().__init__(directory, hardlinks, prefix)
        self.program = os.path.join(prefix, "sbin/hardlink-query")
        self.log = f"{directory}/query.log"

    def configure(self, **settings):
        # 0666: who may connect is what the directory's mode says
        self.hardlinks.configure(**{
            "query_socket": self.query_socket, "query_socket_mode": "0666",
            "redirect_rate": "0", **settings})
        os.chown(self.hardlinks.config, -1, self.gid)
        os.chmod(self.hardlinks.config, 0o640)

    def connect(self):
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(20)
        client.connect(self.query_socket)
        return client

    def ask(self, lines):
        """Sends it; all that comes until the end, which is a reset where it
        hangs up on lines that it hasn't read."""
        answer = b""
        with self.connect() as client:
            client.sendall(lines)
            client.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionResetError):
                while piece := client.recv(4096):
                    answer += piece
        return answer
