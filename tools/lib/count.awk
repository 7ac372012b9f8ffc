# Reads test runners' output; prints the number of tests that passed and that
# failed. A skipped test failed: it didn't show what it is there to show.
# pytest, cmocka, libFuzzer (a target is a test), and the plain line "N passed, N failed" are understood.

function add(n, word) {
	if (word == "passed")
		passed += n
	else if (word ~ /^(failed|errors?|skipped|xfailed|xpassed)$/)
		failed += n
}

{ gsub(/\033\[[0-9;]*m/, "") }

/^=+ .* in [0-9.]+s.* =+$/ || /^[0-9]+ passed, [0-9]+ failed$/ {
	gsub(/[=,]/, "")
	for (i = 1; i < NF; i++)
		if ($i ~ /^[0-9]+$/)
			add($i, $(i + 1))
}

# "[  FAILED  ] 2 test(s), …", since cmocka 1.1.6 with the group's name before it
/^\[  (PASSED |FAILED |SKIPPED) \] (.*: )?[0-9]+ test\(s\)/ {
	word = tolower($2)
	sub(/ test\(s\).*/, "")
	add($NF, word)
}

/^Done [1-9][0-9]* runs in / { add(1, "passed") }

END { print passed + 0, failed + 0 }
