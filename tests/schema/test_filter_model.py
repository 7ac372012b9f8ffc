"""schema/FILTER.md as a model: all interleavings of its steps.

Each process does its steps one by one, and any may be its last one: it dies, and
the write lock is free again. Once, the log may be put back to an earlier state.
What must never be: a lookup that says "no" of a key whose commit had returned
before the lookup began.
"""
import collections

import pytest

Filter = collections.namedtuple("Filter", "bits roots retired")
State = collections.namedtuple(
    "State", "log version lock filters path writers builder reader")
# log: for each entry its key; stands for its root as well. version: what the
# WAL-index shows. filters: all that ever were. path: which lies there, or None.
Writer = collections.namedtuple("Writer", "step key aware filter")
Builder = collections.namedtuple("Builder", "step filter root")
Reader = collections.namedtuple(
    "Reader", "step filter root version key must")
DEAD = "dead"


def replace(sequence, place, value):
    return sequence[:place] + (value,) + sequence[place + 1:]


def change(state, number, **fields):
    return state._replace(filters=replace(
        state.filters, number, state.filters[number]._replace(**fields)))


class Model:
    """rules: those of the document, less what a test takes away"""

    def __init__(self, *broken):
        self.broken = broken

    def holds(self, rule):
        return rule not in self.broken

    # --- a writer of one entry

    def open_filter(self, state, writer):
        """Step 1: the filter that it uses, and the state after that."""
        number = state.path
        if not writer.aware or number is None or state.filters[number].retired:
            return state, None
        if state.log in state.filters[number].roots or \
                not self.holds("claims the present"):
            return state, number
        return change(state, number, retired=True), None

    def write(self, state, place):
        writer = state.writers[place]

        def after(state, **fields):
            return state._replace(writers=replace(
                state.writers, place, state.writers[place]._replace(**fields)))

        if writer.step == "idle":
            if state.lock is None:
                yield after(state._replace(lock=place), step="open")
        elif writer.step == "open":
            state, number = self.open_filter(state, writer)
            yield after(state, step="add", filter=number)
        elif writer.step == "add":
            if writer.filter is not None and self.holds("add"):
                bits = state.filters[writer.filter].bits | {writer.key}
                state = change(state, writer.filter, bits=bits)
            yield after(state, step="expect")
        elif writer.step == "expect":
            if writer.filter is not None:
                roots = state.filters[writer.filter].roots
                other = 1 if roots[0] == state.log else 0
                state = change(state, writer.filter, roots=replace(
                    roots, other, state.log + (writer.key,)))
            yield after(state, step="commit")
        elif writer.step == "commit":
            yield after(state._replace(log=state.log + (writer.key,),
                                       version=state.version + 1, lock=None),
                        step="done")

    # --- who builds one

    def build(self, state):
        builder = state.builder

        def after(state, **fields):
            return state._replace(builder=builder._replace(**fields))

        if builder.step == "idle":
            new = Filter(frozenset(state.log), (None, None), False)
            yield after(state._replace(filters=state.filters + (new,)),
                        step="lock", filter=len(state.filters),
                        root=state.log)
        elif builder.step == "lock":
            if state.lock is None:
                yield after(state._replace(lock="builder"), step="fill")
        elif builder.step == "fill":
            bits = state.filters[builder.filter].bits
            since = state.log[len(builder.root):]
            if self.holds("fill"):
                bits |= frozenset(since)
            state = change(state, builder.filter, bits=bits,
                           roots=(state.log, state.log))
            if builder.root + since == state.log or \
                    not self.holds("has read the very log"):
                yield after(state, step="retire")
            else:
                yield after(state._replace(lock=None), step=DEAD)
        elif builder.step == "retire":
            if state.path is not None:
                state = change(state, state.path, retired=True)
            yield after(state, step="publish")
        elif builder.step == "publish":
            yield after(state._replace(path=builder.filter, lock=None),
                        step="done")

    # --- a reader: notes a state, then looks up

    def read(self, state):
        reader = state.reader

        def after(**fields):
            return state._replace(reader=reader._replace(**fields))

        if reader.step == "idle":
            # asks the store; keeps the filter that it has, or opens another
            noted = {"root": state.log, "version": state.version}
            yield after(step="noted", **noted)
            yield after(step="noted", filter=state.path, **noted)
        elif reader.step == "noted":
            # a lookup begins: what was committed by now must be found
            for key in ("a", "b"):
                yield after(step="covers", key=key,
                            must=key in state.log)
        elif reader.step == "covers":
            shared = None if reader.filter is None \
                else state.filters[reader.filter]
            if shared is None or shared.retired or \
                    (reader.root not in shared.roots and self.holds("claims")):
                yield after(step="idle", key=None, must=False)
            else:
                yield after(step="asks")
        elif reader.step == "asks":
            if reader.key in state.filters[reader.filter].bits:
                yield after(step="idle", key=None, must=False)
            else:
                yield after(step="compares")
        elif reader.step == "compares":
            if state.version != reader.version and self.holds("compare"):
                yield after(step="idle", key=None, must=False)
            else:
                yield after(step="no")

    # --- all of it

    def next_states(self, state):
        for place, writer in enumerate(state.writers):
            yield from self.write(state, place)
            if writer.step not in ("idle", "done", DEAD):
                yield state._replace(lock=None, writers=replace(
                    state.writers, place, writer._replace(step=DEAD)))
        yield from self.build(state)
        if state.builder.step not in ("idle", "done", DEAD):
            lock = None if state.lock == "builder" else state.lock
            yield state._replace(lock=lock, builder=state.builder._replace(
                step=DEAD))
        yield from self.read(state)
        # an earlier state of the log, put back by somebody
        if state.lock is None and len(state.log) > 1 and state.version < 10:
            yield state._replace(log=state.log[:-1], version=state.version + 10)

    def explore(self, start):
        """The number of states; or the first that must never be."""
        seen, todo = {start}, [start]
        while todo:
            state = todo.pop()
            if state.reader.step == "no":
                if state.reader.must:
                    return state
                state = state._replace(reader=state.reader._replace(
                    step="noted", key=None, must=False))
            for following in self.next_states(state):
                if following not in seen:
                    seen.add(following)
                    todo.append(following)
        return len(seen)


def start(aware):
    """An entry of the past, a filter that knows it, and writers to come."""
    return State(
        log=("first",), version=0, lock=None,
        filters=(Filter(frozenset({"first"}), (("first",), None), False),),
        path=0,
        writers=tuple(Writer("idle", key, knows, None)
                      for key, knows in zip("ab", aware)),
        builder=Builder("idle", None, None),
        reader=Reader("idle", None, None, 0, None, False))


AWARE = [(True, True), (True, False)]


@pytest.mark.parametrize("aware", AWARE)
def test_no_committed_hard_link_is_hidden(aware):
    count = Model().explore(start(aware))
    assert isinstance(count, int), count
    assert count > 1000


@pytest.mark.parametrize("rule", [
    "add", "claims the present", "fill", "has read the very log", "claims",
    "compare"])
def test_every_rule_is_needed(rule):
    assert any(isinstance(Model(rule).explore(start(aware)), State)
               for aware in AWARE), f"without {rule} nothing goes wrong"
