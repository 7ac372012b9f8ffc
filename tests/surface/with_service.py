"""Transcripts of owners: with a hardlinkd in a real Dovecot. Its clock is the
real one, so times are masked too."""

import os
import re
import sys

import transcript
from programs import HERE

sys.path.insert(2, os.path.join(HERE, "../owner"))
sys.path.insert(2, os.path.join(HERE, "../e2e"))

# pylint: disable=wrong-import-position
from harness import MODULEDIR, Modules  # noqa: E402
from service import OwnerServer  # noqa: E402

# Debian has this user everywhere.
GAMES = 5
OLD = "old@example.org"
USERS = {OLD: "", "postmaster@example.org": "", "games":
         f"userdb_hardlink_addresses={OLD},postmaster@example.org userdb_uid=5"}
START = f"""
unset CLOCK_AT PRELOAD
mailmove() {{
    setpriv --reuid={GAMES} --regid={GAMES} --clear-groups \\
        mailmove ${{FORMAT:+-f $FORMAT}} "$@"
}}
# the confirmation code that was mailed last
code() {{ grep -Eo '([2-9A-HJ-NP-Z]{{4}}-){{2}}[2-9A-HJ-NP-Z]{{4}}' "$MAILS" | tail -n 1; }}
set_up() {{
    sed -i "/^${{1%%=*}}=/d" "$HARDLINK_CONFIG"
    printf '%s\\n' "$1" >>"$HARDLINK_CONFIG"
}}
# what a step needs first, in every format
moved() {{
    FORMAT= mailmove to new@example.com --permanent --yes --replace \\
        >/dev/null 2>&1
}}
asked() {{
    FORMAT=json mailmove status | \\
        grep -Eq '"next_kind":null|"next_confirmed":true' || return
    FORMAT= mailmove to new@example.com --permanent --yes --replace \\
        >/dev/null 2>&1
}}
"""
SENDMAIL = "#!/bin/sh\ncat >>{mails}\n"


def masked_times(shown):
    def mask(text):
        return re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "YYYY-MM-DDThh:mm:ssZ",
                      text)
    return [one._replace(output=mask(one.output), errors=mask(one.errors))
            for one in shown]


def run(text):
    modules = Modules(MODULEDIR)
    server = None
    try:
        server = OwnerServer(modules, users=USERS)
        mails = os.path.join(server.directory, "mails")
        sendmail = os.path.join(server.directory, "sendmail")
        for path, content, mode in ((mails, "", 0o666), (
                sendmail, SENDMAIL.format(mails=mails), 0o755)):
            with open(path, "w", encoding="ascii") as file:
                file.write(content)
            os.chmod(path, mode)
        server.hardlinks.configure(sendmail=sendmail)
        return masked_times(transcript.run(
            text, START, keeps_state=False, hidden=[server.directory],
            HARDLINK_CONFIG=server.hardlinks.config,
            HARDLINK_SOCKET=server.socket_path(), MAILS=mails))
    finally:
        if server is not None:
            server.remove()
        modules.remove()
