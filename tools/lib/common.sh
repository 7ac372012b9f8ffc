# shellcheck shell=bash
# What the programs in tools/ share. Sourced, with `set -euo pipefail` in force.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
program=${0##*/}

say() {
	printf '%s: %s\n' "$program" "$*" >&2
}

die() {
	say "$@"
	exit 1
}

# bookworm, trixie, … of the system under $1 (default: this one).
debian_suite() {
	(. "${1:-}/etc/os-release" && printf '%s\n' "${VERSION_CODENAME:-unknown}")
}

# The files that make up the project, as they stand in the work tree, NUL
# separated. A copy without .git (an unpacked archive) counts whole.
list_sources() {
	if [ -e "$top/.git" ]; then
		# The clone may belong to someone else than root.
		git -c safe.directory='*' -C "$top" ls-files -z
	else
		(cd "$top" && find . -path ./build -prune -o -type f -print0)
	fi
}

# Copies them into directory $1: everything is built from a copy, so that the
# work tree stays as it is.
copy_sources() {
	mkdir -p "$1"
	list_sources | (cd "$top" && while IFS= read -r -d '' file; do
		if [ -e "$file" ]; then printf '%s\0' "$file"; fi
	done | tar --null -T - -cf -) | tar -C "$1" -xf -
}

# Is there a configure in directory $1, made from what is there now?
has_configure() {
	[ -x "$1/configure" ] &&
		[ -z "$(find "$1" -newer "$1/configure" \
			\( -name '*.am' -o -name '*.ac' -o -name '*.m4' \))" ]
}

# Configures source directory $1 in $2 for prefix $3; the rest goes to configure.
# Chains, because set -e may be without force here.
prepare() {
	local source=$1 build=$2 prefix=$3
	shift 3
	mkdir -p "$build" &&
		{ has_configure "$source" || (cd "$source" && autoreconf -fi); } &&
		{ [ -e "$build/Makefile" ] || (cd "$build" && "$source/configure" \
			--prefix="$prefix" \
			--with-moduledir="$prefix/lib/dovecot/modules" "$@"); }
}

# The same, and builds it.
build() {
	prepare "$@" && make -C "$2" -j"$(nproc)"
}
