"""block, unblock."""

from ctl import DATA

OLD, NEW = "old@example.com", "new@example.org"


def test_block_and_unblock(ctl):
    assert ctl("block", OLD, "--reason", "stolen password") == \
        f"{OLD}: blocked\n"
    assert ctl.json("show", OLD)["blocked"] is True
    ctl.fails(DATA, "block", OLD, says="is blocked already")
    # administrators are not who is barred
    ctl("set", OLD, NEW, "--permanent")
    assert ctl.json("show", OLD)["blocked"] is True
    assert ctl("-f", "tab", "unblock", OLD) == (
        "address\tblocked\tended_next_kind\tended_next_target\t"
        f"ended_next_effective\n{OLD}\t\t\t\t\n")
    ctl.fails(DATA, "unblock", OLD, says="isn't blocked")
    assert "moved to <new@example.org>" in ctl("lookup", OLD)
    assert ctl("history", OLD).count(" block ") == 2
    ctl.is_verified()
