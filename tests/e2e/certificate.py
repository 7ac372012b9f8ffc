"""A certificate of its own for mx.example.org."""

import os
import subprocess

from dovecot import is_23

NAME = "mx.example.org"


class Certificate:
    def __init__(self, directory):
        self.path = f"{directory}/certificate.pem"
        self.key = f"{directory}/key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
             "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}",
             "-keyout", self.key, "-out", self.path], check=True,
            stderr=subprocess.DEVNULL)
        # not every server is root
        os.chmod(self.key, 0o644)

    def dovecot_config(self):
        """Lines of dovecot.conf."""
        if is_23():
            return (f"ssl = yes\nssl_cert = <{self.path}\n"
                    f"ssl_key = <{self.key}\n")
        return (f"ssl = yes\nssl_server_cert_file = {self.path}\n"
                f"ssl_server_key_file = {self.key}\n")
