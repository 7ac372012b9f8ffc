# shellcheck shell=bash
# The steps of tools/check. Each works in $work, from the copy of the sources
# in $work/src; inside the tree, $work is what is mounted there.

work=${HARDLINK_WORK:-$top/build/check}
src=$work/src
# Debian's own: another python3 in PATH lacks Debian's modules.
python=/usr/bin/python3

case $(debian_suite) in
bookworm) other_suite=trixie ;;
*) other_suite=bookworm ;;
esac
tree=${HARDLINK_TREE:-$top/build/tree-$other_suite}

native_steps=(clang gcc unit schema cli surface e2e owner edge doctor exim
	opensmtpd conformance bench-quick asan asan-unit asan-cli asan-surface
	asan-e2e asan-owner asan-edge asan-doctor asan-exim asan-opensmtpd fuzz
	distcheck demo package)
tree_steps=(tree tree-gcc tree-unit tree-schema tree-cli tree-surface tree-e2e
	tree-owner tree-edge tree-doctor tree-exim tree-opensmtpd
	tree-conformance tree-demo tree-package)
full_steps=(bench)
test_steps=(unit schema cli surface e2e owner edge doctor exim opensmtpd
	conformance bench-quick asan-unit asan-cli asan-surface asan-e2e
	asan-owner asan-edge asan-doctor asan-exim asan-opensmtpd fuzz tree-unit
	tree-schema tree-cli tree-surface tree-e2e tree-owner tree-edge
	tree-doctor tree-exim tree-opensmtpd tree-conformance
	package tree-package)
# Formats and findings differ from version to version of clang and cppcheck;
# those of Debian 12 decide.
[ "$(debian_suite)" != bookworm ] ||
	native_steps=(format clang tidy cppcheck "${native_steps[@]:1}")

# What has to be built before step $1.
need_of() {
	case $1 in
	tidy | cppcheck) echo clang ;;
	unit | schema | cli | surface | e2e | owner | edge | doctor | exim | opensmtpd | conformance | bench*)
		echo gcc ;;
	asan-*) echo asan ;;
	tree-gcc | tree-demo | tree-package) echo tree ;;
	tree-*) echo tree-gcc ;;
	esac
}

# The steps "$@" and all they need, each once, needs first.
with_needs() {
	local name need
	for name; do
		need=$(need_of "$name")
		[ -z "$need" ] || with_needs "$need"
		echo "$name"
	done | awk '!seen[$0]++'
}

c_files() { list_sources | tr '\0' '\n' | grep '\.[ch]$'; }

# make check in build directory $1, with each program's own report.
unit_tests() {
	local status=0
	make -C "$1" check -j"$((2 * $(nproc)))" || status=$?
	find "$1/tests" -name '*.log' ! -name test-suite.log -exec cat {} +
	return $status
}

# The tests in tests/$1 against the installation in prefix $2; the rest goes to
# pytest.
pytests() {
	HARDLINK_PREFIX=$2 HARDLINK_BUILD=${2%-prefix} PYTHONDONTWRITEBYTECODE=1 \
		"$python" -m pytest -ra -p no:cacheprovider "$src/tests/$1" "${@:3}"
}
# The same, several files at a time: most of the time their tests wait for
# servers to start and to end. A file's tests share some of those; $3 is another
# way to share them out.
parallel_pytests() {
	pytests "$1" "$2" -n "$((2 * $(nproc)))" --dist "${3:-loadfile}"
}

# Postfix is installed, and these can't be beside it.
unpack_exim() {
	export HARDLINK_EXIM=$work/exim
	unpack_packages "$HARDLINK_EXIM" "${packages_exim[@]}"
}
unpack_opensmtpd() {
	export HARDLINK_OPENSMTPD=$work/opensmtpd
	unpack_packages "$HARDLINK_OPENSMTPD" "${packages_opensmtpd[@]}"
}

step_gcc() {
	build "$src" "$work/gcc" "$work/gcc-prefix" CC=gcc
	make -C "$work/gcc" install
}
step_unit() { unit_tests "$work/gcc"; }
step_schema() { pytests schema "$work/gcc-prefix"; }
step_cli() { parallel_pytests cli "$work/gcc-prefix"; }
step_surface() { parallel_pytests surface "$work/gcc-prefix" load; }
step_edge() { parallel_pytests edge "$work/gcc-prefix"; }
step_doctor() { parallel_pytests doctor "$work/gcc-prefix"; }
step_exim() {
	unpack_exim
	parallel_pytests edge-exim "$work/gcc-prefix"
}
step_opensmtpd() {
	unpack_opensmtpd
	pytests edge-opensmtpd "$work/gcc-prefix"
}
step_e2e() { parallel_pytests e2e "$work/gcc-prefix"; }
step_owner() { parallel_pytests owner "$work/gcc-prefix"; }
step_conformance() {
	unpack_exim
	unpack_opensmtpd
	parallel_pytests conformance "$work/gcc-prefix" loadgroup
}

step_format() { (cd "$src" && c_files | xargs clang-format --dry-run -Werror); }

# Built with a compilation database, for the analysers; without the tests, where
# they find more of cmocka's macros than of mistakes.
step_clang() {
	local database=$work/clang-database
	rm -rf "$database"
	build "$src" "$work/clang" "$work/clang-prefix" CC=clang
	make -C "$work/clang" clean
	make -C "$work/clang" check -j"$(nproc)" TESTS= \
		CPPFLAGS="-gen-cdb-fragment-path $database"
	{
		echo '['
		cat "$database"/*.json | grep -v "\"$work/clang/tests/" |
			sed '$s/,$//'
		echo ']'
	} >"$work/clang/compile_commands.json"
}
step_tidy() {
	(cd "$src" && run-clang-tidy -quiet -j "$(nproc)" -p "$work/clang") |
		sed 's/\x1b\[[0-9;]*m//g'
}
step_cppcheck() {
	# It takes a backslash from the quotes in -D too many.
	sed 's/\\"/\\\\\\"/g' "$work/clang/compile_commands.json" \
		>"$work/clang/cppcheck.json"
	cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 \
		--enable=warning,performance,portability \
		--project="$work/clang/cppcheck.json"
}

# The shared runtime, so that modules find it in a Dovecot without sanitizers.
asan_runtime() { clang -print-file-name=libclang_rt.asan-"$(uname -m)".so; }
step_asan() {
	build "$src" "$work/asan" "$work/asan-prefix" --enable-sanitizers \
		CC="clang -shared-libasan" \
		LDFLAGS="-Wl,-rpath,$(dirname "$(asan_runtime)")"
	make -C "$work/asan" install
}
step_asan_unit() { unit_tests "$work/asan"; }
step_asan_cli() { parallel_pytests cli "$work/asan-prefix"; }
step_asan_surface() {
	HARDLINK_PRELOAD=$(asan_runtime) \
		parallel_pytests surface "$work/asan-prefix" load
}
step_asan_edge() {
	HARDLINK_PRELOAD=$(asan_runtime) parallel_pytests edge "$work/asan-prefix"
}
step_asan_doctor() {
	HARDLINK_PRELOAD=$(asan_runtime) parallel_pytests doctor "$work/asan-prefix"
}
step_asan_exim() {
	unpack_exim
	parallel_pytests edge-exim "$work/asan-prefix"
}
step_asan_opensmtpd() {
	unpack_opensmtpd
	pytests edge-opensmtpd "$work/asan-prefix"
}
step_asan_e2e() {
	HARDLINK_PRELOAD=$(asan_runtime) parallel_pytests e2e "$work/asan-prefix"
}

step_asan_owner() {
	HARDLINK_PRELOAD=$(asan_runtime) parallel_pytests owner "$work/asan-prefix"
}

step_fuzz() {
	prepare "$src" "$work/fuzz" "$work/fuzz-prefix" --enable-fuzzers CC=clang
	make -C "$work/fuzz/lib" -j"$(nproc)"
	make -C "$work/fuzz/tests/fuzz" fuzz \
		FUZZ_SECONDS="$([ -n "${HARDLINK_FULL:-}" ] && echo 600 || echo 5)"
}

step_distcheck() { make -C "$work/gcc" distcheck; }
step_demo() { "$src/tools/demo"; }
step_bench_quick() {
	need_packages "${packages_bench[@]}"
	pytests bench "$work/gcc-prefix"
}
# In turn, the first three with one store; the milter's user has to get at it.
step_bench() {
	local bench store=$TMPDIR/bench-store
	need_packages "${packages_bench[@]}"
	for bench in bench edge audit; do
		HARDLINK_PREFIX=$work/gcc-prefix HARDLINK_BUILD=$work/gcc \
			PYTHONDONTWRITEBYTECODE=1 "$python" \
			"$src/tests/bench/$bench.py" --store "$store"
		echo
	done
	HARDLINK_PREFIX=$work/gcc-prefix HARDLINK_BUILD=$work/gcc \
		PYTHONDONTWRITEBYTECODE=1 "$python" "$src/tests/bench/owner.py"
	echo
	HARDLINK_PREFIX=$work/gcc-prefix PYTHONDONTWRITEBYTECODE=1 "$python" \
		"$src/tests/bench/expire.py"
}

# Builds the Debian packages in $work/packages; lintian finds no error in them.
step_package_build() {
	local dir=$work/packages
	need_packages "${packages_package[@]}"
	rm -rf "$dir"
	copy_sources "$dir/src"
	(cd "$dir/src" && DEB_BUILD_OPTIONS="nocheck parallel=$(nproc)" \
		dpkg-buildpackage -us -uc -b)
	lintian --allow-root --fail-on error "$dir"/*.changes
}
# Those in directory $2, on a bare Debian of suite $1. With mounts and processes
# of its own.
package_tests() {
	local bare=$top/build/bare-$1
	need_packages "${packages_package[@]}"
	"$top/tools/tree" --bare "$1" "$bare" true
	HARDLINK_PACKAGES=$2 HARDLINK_BARE_TREE=$bare PYTHONDONTWRITEBYTECODE=1 \
		unshare --mount --pid --fork --kill-child --mount-proc \
		"$python" -m pytest -ra -p no:cacheprovider "$src/tests/package"
}
step_package() {
	step_package_build
	package_tests "$(debian_suite)" "$work/packages"
}

# Runs a step inside the tree.
in_tree() {
	HARDLINK_TREE_MOUNT=$work/tree "$top/tools/tree" "$other_suite" "$tree" \
		env HARDLINK_WORK=/mnt HARDLINK_FULL="${HARDLINK_FULL:-}" \
		HARDLINK_FLIP_STRIDE=$([ -n "${HARDLINK_FULL:-}" ] && echo 1 || echo 13) \
		/mnt/src/tools/check --one "$1"
}
step_tree() { "$top/tools/tree" "$other_suite" "$tree" true; }
step_tree_gcc() { in_tree gcc; }
step_tree_unit() { in_tree unit; }
step_tree_schema() { in_tree schema; }
step_tree_cli() { in_tree cli; }
step_tree_surface() { in_tree surface; }
step_tree_owner() { in_tree owner; }
step_tree_edge() { in_tree edge; }
step_tree_doctor() { in_tree doctor; }
step_tree_opensmtpd() { in_tree opensmtpd; }
step_tree_exim() { in_tree exim; }
step_tree_e2e() { in_tree e2e; }
step_tree_conformance() { in_tree conformance; }
step_tree_demo() { in_tree demo; }
step_tree_package() {
	in_tree package_build
	package_tests "$other_suite" "$work/tree/packages"
}
