"""Every message of the sources is in a transcript, with its exit code, or in
golden/unreached.txt with the reason why it isn't."""

import os
import re

from messages import FUNCTIONS, exit_codes, has_words, messages, pattern_of
from programs import HERE
from test_golden import GOLDEN, text_of

UNREACHED = os.path.join(HERE, "golden/unreached.txt")


def lines_seen():
    """(line, exit code) of all transcripts."""
    seen, lines = set(), []
    for path in GOLDEN:
        code = 0
        for line in [*text_of(path).splitlines(), "$"]:
            if line.startswith(("  ! ", "    ")):
                lines.append(line[4:])
            elif line.startswith("  = "):
                code = int(line[4:])
            elif line.startswith(("$", "-- ")):
                seen |= {(shown, code) for shown in lines}
                lines, code = [], 0
    return seen


def unreached():
    """{(file, beginning of the text)}"""
    found = set()
    with open(UNREACHED, encoding="utf-8") as file:
        for line in file.read().splitlines():
            if line and not line.startswith("#"):
                name, _, text = line.partition(": ")
                found.add((name, text))
    return found


def is_seen(message, seen):
    """With its exit code; what is wrong with a line of the configuration is
    always a matter of that."""
    pattern, codes = pattern_of(message), exit_codes(message)
    return any(pattern.search(line) and
               (not codes or code in codes or re.match(r"\w+: c:\d+: ", line))
               for line, code in seen)


def all_messages():
    return [message for pattern in ("cli/*.c", "lib/*.c")
            for message in messages(pattern, FUNCTIONS) if has_words(message)]


def test_every_message_is_in_a_transcript():
    seen, excused = lines_seen(), unreached()
    missing = [f"{message.file}: {message.text}" for message in all_messages()
               if not is_seen(message, seen) and not any(
                   message.file == name and message.text.startswith(text)
                   for name, text in excused)]
    assert not missing, (
        f"provoke them in {HERE}/golden, or say in unreached.txt why not:\n" +
        "\n".join(missing))


def test_the_list_of_unreached_ones_holds():
    """What is in it exists, and isn't reached."""
    seen, found = lines_seen(), all_messages()
    for name, text in unreached():
        meant = [message for message in found if message.file == name and
                 message.text.startswith(text)]
        assert meant, f"no such message any more: {name}: {text}"
        assert not any(is_seen(message, seen) for message in meant), \
            f"it is reached now: {name}: {text}"
