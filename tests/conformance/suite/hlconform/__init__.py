"""The conformance suite: links.py has the hard-links it wants, cases.py the
cases in the notation of notation.py; runner.py runs them through wire.py, and
strict.py reads every reply."""
