"""What somebody does who has taken over a process of the mail user's: runs as
uid 8 among Dovecot's processes, and says how each attempt went, a line of JSON
for each. Run by test_identity.py."""

import json
import os
import socket
import sys


def escape(word):
    return word.replace("\001", "\0011").replace("\t", "\001t")


def ask(path, *commands):
    """The replies to these lines of words on one connection."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(30)
        sock.connect(path)
        with sock.makefile("rwb") as file:
            lines = [["VERSION", "hardlink", "1", "0"], *commands]
            replies = []
            for words in lines:
                words = [str(os.getpid()) if word == "OWN-PID" else word
                         for word in words]
                file.write("\t".join(map(escape, words)).encode() + b"\n")
                file.flush()
                replies.append(file.readline().decode().rstrip("\n"))
            return [reply.split("\t") for reply in replies[1:]]


def read(path):
    with open(path, "rb") as file:
        return len(file.read())


def write(path):
    with open(path, "r+b"):
        return "opened"


ATTEMPTS = {"ask": ask, "read": read, "write": write}


def main():
    for name, *arguments in json.load(sys.stdin):
        try:
            result = ATTEMPTS[name](*arguments)
        except OSError as error:
            result = type(error).__name__
        print(json.dumps(result))


main()
