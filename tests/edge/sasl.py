"""As much of Dovecot's authentication service as smtpd needs to believe any
login."""

import base64
import os
import socketserver
import threading


class _Handler(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b"VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nSPID\t1\n"
                         b"CUID\t1\nCOOKIE\t" + b"0" * 32 + b"\nDONE\n")
        for line in self.rfile:
            words = line.rstrip(b"\n").split(b"\t")
            if words[0] == b"AUTH":
                response = next(word[5:] for word in words
                                if word.startswith(b"resp="))
                user = base64.b64decode(response).split(b"\0")[1]
                self.wfile.write(b"OK\t%s\tuser=%s\n" % (words[1], user))


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


class Sasl:
    def __init__(self, path):
        self.server = _Server(path, _Handler)
        os.chmod(path, 0o666)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def plain(user):
    """The AUTH command of that user."""
    return "AUTH PLAIN " + base64.b64encode(f"\0{user}\0x".encode()).decode()
