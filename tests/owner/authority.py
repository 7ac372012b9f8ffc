"""A certificate authority, and servers' certificates of it."""

import os
import subprocess

from dovecot import is_23


class Authority:
    def __init__(self, directory, name="test"):
        self.directory = str(directory)
        self.path = self._path(f"{name}-ca.pem")
        self.key = self._path(f"{name}-ca.key")
        self._openssl("req", "-x509", *self._new_key(self.key), "-days", "2",
                      "-subj", f"/CN={name} CA", "-addext",
                      "keyUsage=critical,keyCertSign,cRLSign",
                      "-out", self.path)
        os.chmod(self.path, 0o644)

    def _path(self, name):
        return os.path.join(self.directory, name)

    @staticmethod
    def _openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True,
                       stderr=subprocess.DEVNULL)

    @staticmethod
    def _new_key(path):
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                "-nodes", "-keyout", path]

    def issue(self, name, alternative):
        """(certificate, key) for alternative: "IP:127.0.0.1\""""
        request, key, certificate, extension = (
            self._path(f"{name}.{end}") for end in ("csr", "key", "pem", "ext"))
        self._openssl("req", "-new", *self._new_key(key), "-subj",
                      f"/CN={name}", "-out", request)
        with open(extension, "w", encoding="ascii") as file:
            # what strict verification (Python 3.13) wants
            file.write(f"subjectAltName={alternative}\n"
                       "basicConstraints=CA:FALSE\n"
                       "subjectKeyIdentifier=hash\n"
                       "authorityKeyIdentifier=keyid\n")
        self._openssl("x509", "-req", "-in", request, "-CA", self.path,
                      "-CAkey", self.key, "-CAcreateserial", "-days", "2",
                      "-extfile", extension, "-out", certificate)
        return certificate, key


def dovecot_config(certificate, key):
    """Lines of dovecot.conf."""
    if is_23():
        return f"ssl = yes\nssl_cert = <{certificate}\nssl_key = <{key}\n"
    return (f"ssl = yes\nssl_server_cert_file = {certificate}\n"
            f"ssl_server_key_file = {key}\n")
