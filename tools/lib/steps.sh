# shellcheck shell=bash
# Runs the steps of tools/check. Needs common.sh, and in $work a directory for
# logs and results. A step NAME is a function step_NAME (with - for _); its
# log is $work/log/NAME, its result $work/result/NAME: "ok|FAILED seconds passed
# failed". One of the array $test_steps has to run tests.

step_log() { printf '%s/log/%s' "$work" "$1"; }
step_result() { printf '%s/result/%s' "$work" "$1"; }

is_one_of() {
	local word=$1 other
	shift
	for other; do [ "$word" != "$other" ] || return 0; done
	return 1
}

# Has that step run, and failed?
step_failed() {
	[ -n "$1" ] && grep -qs '^FAILED' "$(step_result "$1")"
}

run_step() {
	local name=$1 log start status=ok passed failed
	log=$(step_log "$name") start=$SECONDS
	if step_failed "$(need_of "$name")"; then
		echo "$program: $name needs $(need_of "$name"), which failed" >"$log"
		status=FAILED
	else
		# A shell of its own: set -e has no force in a tested function.
		# In the background: timeout makes a process group, which an
		# interrupt of this one has to be passed on to.
		timeout --kill-after=10 "$step_patience" \
			"$top/tools/check" --one "$name" >"$log" 2>&1 </dev/null &
		trap "kill $! 2>/dev/null; exit 143" TERM
		wait $! || status=$?
		trap - TERM
		[ "$status" != 124 ] ||
			echo "$program: $name took more than $step_patience" >>"$log"
		[ "$status" = ok ] || status=FAILED
	fi
	read -r passed failed < <(awk -f "$top/tools/lib/count.awk" "$log")
	if [ $status = ok ] && [ $((passed + failed)) = 0 ] &&
		is_one_of "$name" "${test_steps[@]}"; then
		echo "$program: $name ran no test" >>"$log"
		status=FAILED
	fi
	[ "$failed" = 0 ] || status=FAILED
	# A step that failed in another way than by its tests counts as one.
	[ "$status" = ok ] || [ "$failed" -gt 0 ] || failed=1
	echo "$status $((SECONDS - start)) $passed $failed" >"$(step_result "$name")"
	show_result "$name"
}

show_result() {
	local status seconds passed failed tests=
	read -r status seconds passed failed <"$(step_result "$1")"
	[ $((passed + failed)) = 0 ] || tests=", $passed passed, $failed failed"
	printf '%-7s %-18s %4s s%s\n' "$status" "$1" "$seconds" "$tests"
}

# Logs of what failed, a line for each step, and the totals. Returns 1 if any
# of the steps "$@" failed or has no result.
summarise() {
	local name status passed failed all_passed=0 all_failed=0
	for name; do
		[ -e "$(step_result "$name")" ] ||
			echo "FAILED 0 0 1" >"$(step_result "$name")"
		read -r status _ _ _ <"$(step_result "$name")"
		[ "$status" != ok ] || continue
		printf '\n==> %s, the end of its log (%s)\n' "$name" "$(step_log "$name")"
		[ ! -e "$(step_log "$name")" ] || tail -n 100 "$(step_log "$name")"
	done
	echo
	for name; do
		show_result "$name"
		read -r _ _ passed failed <"$(step_result "$name")"
		all_passed=$((all_passed + passed)) all_failed=$((all_failed + failed))
	done
	printf '\n%d passed, %d failed\n' "$all_passed" "$all_failed"
	[ "$all_failed" = 0 ]
}
