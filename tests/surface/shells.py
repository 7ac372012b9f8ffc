"""Real shells on a terminal, and what they make of a line when a key is
pressed."""

import os
import pty
import select
import signal
import subprocess
import time

from programs import PREFIX, TABLED

BASH_START = """
PS1='$ '
bind 'set enable-bracketed-paste off'
bind '"\\C-xa": insert-completions'
"""
ZSH_START = """
PS1='$ '
unsetopt zle_bracketed_paste prompt_cr prompt_sp beep 2>/dev/null
unset zle_bracketed_paste
fpath=($PREFIX/share/zsh/site-functions $fpath)
autoload -Uz compinit && compinit -u -D
zstyle ':completion:all-matches::::' completer _all_matches _complete
zstyle ':completion:all-matches:*' insert true
zle -C all-matches complete-word _generic
bindkey '^Xa' all-matches
bindkey '^A' beginning-of-line
bindkey '^E' end-of-line
bindkey '^I' complete-word
"""


class Shell:
    def __init__(self, command, start, **environment):
        self.output = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                signal.signal(signal.SIGINT, signal.SIG_DFL)
                os.execvpe(command[0], command, {
                    "PATH": f"{PREFIX}/bin:{os.environ['PATH']}",
                    "LC_ALL": "C.UTF-8", "TERM": "dumb", "HOME": "/nonexistent",
                    "PREFIX": PREFIX, "COLUMNS": "1000",
                    "LD_LIBRARY_PATH": os.environ.get("LD_LIBRARY_PATH", ""),
                    **environment})
            finally:
                os._exit(99)
        self.count = 0
        self.run("stty -echo cols 1000 rows 1000")
        for line in start.strip().splitlines():
            self.run(line)

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.close(self.fd)
        os.waitpid(self.pid, 0)

    def type(self, text):
        os.write(self.fd, text.encode())

    def read_until(self, text):
        deadline = time.monotonic() + 120
        while text not in self.output:
            assert time.monotonic() < deadline, self.output
            if select.select([self.fd], [], [], 1)[0]:
                self.output += os.read(self.fd, 65536).decode()
        shown, self.output = self.output.split(text, 1)
        return shown

    def run(self, line):
        """What it prints, among other things."""
        self.count += 1
        # what is typed doesn't have the mark that is waited for
        self.type(f"{line}; echo END''{self.count}.\r")
        return self.read_until(f"END{self.count}.")

    def line_after(self, typed, keys):
        """The line that is there once this was typed and these keys pressed."""
        self.type(f"{typed}{keys}\x01echo 'LINE'\"<\"'\x05'\">\"")
        shown = self.run("")
        return shown.split("LINE<")[1].split(">")[0]

    def complete(self, typed):
        """The line after a press of Tab, without blanks at its end."""
        return self.line_after(typed, "\t").rstrip()

    def offers(self, typed):
        """The last word of the line completed in every way."""
        line = self.line_after(typed, "\x18a")
        kept = typed.rsplit(" ", 1)[0] + " "
        assert line.startswith(kept), line
        return line[len(kept):].split()


def bash(**environment):
    """As it is, with nothing but the completion."""
    return Shell(
        ["bash", "--norc", "--noprofile", "-i"],
        BASH_START + "".join(
            f". {PREFIX}/share/bash-completion/completions/{program}\n"
            for program in TABLED),
        **environment)


def bash_completion(**environment):
    """With Debian's bash-completion, which finds the file by itself."""
    return Shell(["bash", "--norc", "--noprofile", "-i"],
                 f"{BASH_START}. /usr/share/bash-completion/bash_completion",
                 XDG_DATA_DIRS=f"{PREFIX}/share:/usr/share", **environment)


def zsh(**environment):
    return Shell(["zsh", "-f", "-i"], ZSH_START, **environment)


SHELLS = {"bash": bash, "bash-completion": bash_completion, "zsh": zsh}


def ask(program, *words, **environment):
    """What a shell is told: (candidates, other lines)."""
    said = subprocess.run(
        [os.path.join(PREFIX, "bin", program), "__complete", *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=True,
        timeout=60, env={**os.environ, "LC_ALL": "C.UTF-8", **environment})
    assert said.stderr == ""
    lines = [line.split("\t")[0] for line in said.stdout.splitlines()]
    return ([line for line in lines if line[0] != ":"],
            [line for line in lines if line[0] == ":"])
