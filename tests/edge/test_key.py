"""A running milter and the keys that it trusts."""

from conftest import AWAY, MOVED


def test_rotated_and_revoked(edge, smtp, tmp_path):
    hardlinks = edge.hardlinks
    former = hardlinks.ctl("-f", "tab", "key",
                           "list").stdout.splitlines()[1].split("\t")[0]
    kept = tmp_path / "kept"
    kept.write_text(hardlinks.ctl("checkpoint").stdout, encoding="utf-8")
    hardlinks.set_permanent("bob@example.org", "new@example.com")
    smtp.mail()
    assert smtp.rcpt("bob@example.org") == MOVED
    hardlinks.ctl("key", "rotate")
    assert smtp.rcpt("bob@example.org") == MOVED
    assert smtp.rcpt("away@example.org") == AWAY
    path = f"{hardlinks.keyring}/{former}.pub"
    with open(path, encoding="utf-8") as file:
        retired = file.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write(retired.replace("status=retired", "status=revoked"))
    assert smtp.rcpt("bob@example.org").startswith(b"451 4.3.0 ")
    assert f"key {former} was revoked" in edge.milter.log_text()
    with open(path, "w", encoding="utf-8") as file:
        file.write(retired)
    hardlinks.ctl("key", "revoke", former, "--trusted", str(kept))
    reply = smtp.rcpt("bob@example.org")
    assert reply.startswith(b"250 2.1.5 "), edge.milter.log_text()
    assert smtp.rcpt("old@example.org") == MOVED
    assert smtp.rcpt("away@example.org") == AWAY
