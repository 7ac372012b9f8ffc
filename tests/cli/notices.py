"""Stands for hardlink-notice: takes its lines, and answers as it is told."""

import os
import socketserver
import threading


class Notices:
    """lines: what was asked, split; answer: what is said to it; None: it hangs
    up. asked() is called before the answer."""

    def __init__(self, ctl):
        self.lines, self.answer = [], b"OK\n"
        self.asked = lambda: None
        self.path = ctl.path("hardlink-notice")
        notices = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                line = self.rfile.readline()
                if not line:
                    return
                notices.lines.append(line.decode().rstrip("\n").split("\t"))
                notices.asked()
                if notices.answer is not None:
                    self.wfile.write(notices.answer)

        self.server = socketserver.ThreadingUnixStreamServer(self.path, Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def take(self):
        """(login, old, before) of each since the last time."""
        lines, self.lines = self.lines, []
        assert {line[0] for line in lines} <= {"EXPIRY"}
        return [(line[1], line[2], int(line[4])) for line in lines]

    def stop(self):
        """Nobody listens any more; the socket's name stays."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def remove(self):
        self.stop()
        os.unlink(self.path)
