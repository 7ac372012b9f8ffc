"""A raw SMTP client."""

from lmtp import Lmtp


class Smtp(Lmtp):
    def ehlo(self, name="client.example.net"):
        reply = self.cmd(f"EHLO {name}")
        assert reply.startswith(b"250"), reply
        return reply

    def xclient(self, **attributes):
        """As if connected from elsewhere, or logged in."""
        words = " ".join(f"{key}={value}" for key, value in attributes.items())
        reply = self.cmd(f"XCLIENT {words}")
        assert reply.startswith(b"220 "), reply
        self.ehlo()

    def deliver(self, recipients, text="Subject: test\r\n\r\ntest",
                sender="sender@example.net"):
        """Sends a mail; the replies to RCPT, and that to the mail or None."""
        self.mail(sender)
        replies = [self.rcpt(address) for address in recipients]
        if not any(reply.startswith(b"250 ") for reply in replies):
            assert self.cmd("RSET").startswith(b"250 ")
            return replies, None
        return replies, self.data(text.encode(), 1)[0]
