"""An LMTP server that takes everything and remembers it."""

import os
import re
import socketserver
import threading

from unpacked import wait_until


class Session(socketserver.StreamRequestHandler):
    def reply(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self):
        recipients = []
        self.reply("220 sink")
        for line in self.rfile:
            verb = line[:4].upper()
            if verb == b"RCPT":
                recipients.append(re.search(rb"<(.*)>", line).group(1).decode())
            elif verb == b"DATA":
                self.reply("354 go")
                self.data(recipients)
                recipients = []
                continue
            elif verb == b"QUIT":
                self.reply("221 bye")
                return
            self.reply("250 ok")

    def data(self, recipients):
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line)
        for recipient in recipients:
            self.server.mails.append(
                (recipient, b"".join(lines).decode(errors="replace")))
            self.reply("250 ok")


class UnixServer(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


class TcpServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


class Sink:
    def __init__(self, address):
        """address: the path of a unix socket, or (host, port)"""
        if isinstance(address, tuple):
            self.server = TcpServer(address, Session)
        else:
            self.server = UnixServer(address, Session)
            os.chmod(address, 0o666)
        self.server.mails = []
        threading.Thread(target=self.server.serve_forever, args=(0.05,),
                         daemon=True).start()

    def mails(self, recipient):
        return [text for address, text in self.server.mails
                if address == recipient]

    def wait(self, recipient, count=1):
        wait_until(lambda: len(self.mails(recipient)) >= count,
                   lambda: str(self.server.mails))
        return self.mails(recipient)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
