# shellcheck shell=bash
# Debian packages. Needs common.sh.

packages_build=(build-essential autoconf automake libtool pkg-config
	dovecot-dev libsodium-dev libsqlite3-dev libidn2-dev libjansson-dev
	libmilter-dev libunistring-dev libcurl4-openssl-dev)
packages_run=(dovecot-core dovecot-lmtpd mount util-linux python3)
packages_test=(libcmocka-dev python3-pytest python3-pytest-xdist
	python3-nacl faketime procps dovecot-imapd dovecot-submissiond dovecot-sieve
	xz-utils postfix systemd openssl ca-certificates less mandoc zsh
	bash-completion)
# Unpacked, not installed.
packages_exim=(exim4-base exim4-daemon-light)
packages_opensmtpd=(opensmtpd)
packages_bench=(sqlite3 dovecot-sqlite postfix-lmdb postfix-sqlite)
packages_check=(git debootstrap debian-archive-keyring clang libclang-rt-dev
	clang-format clang-tidy cppcheck)

packages_package=(debhelper lintian debootstrap debian-archive-keyring)

# Prints those of "$@" that aren't installed.
missing_packages() {
	local package
	for package; do
		dpkg-query -W -f='${db:Status-Abbrev}\n' "$package" 2>/dev/null |
			grep -q '^ii' || printf '%s\n' "$package"
	done
}

# Installs what is missing of "$@", and lets none of it start a service.
need_packages() {
	local missing
	mapfile -t missing < <(missing_packages "$@")
	[ ${#missing[@]} -gt 0 ] || return 0
	[ "$(id -u)" = 0 ] ||
		die "missing Debian packages: ${missing[*]}; install them, or run this as root"
	say "installing Debian packages: ${missing[*]}"
	(apt_install "${missing[@]}")
	mapfile -t missing < <(missing_packages "$@")
	[ ${#missing[@]} = 0 ] || die "packages still missing: ${missing[*]}"
}

# What apt-get says is of interest only when it fails.
apt_get() {
	local output
	output=$(apt-get -q "$@" </dev/null 2>&1) ||
		{ printf '%s\n' "$output" >&2; die "apt-get $* failed"; }
}

# Runs in a subshell, for its trap.
apt_install() {
	local lacked_dovecot
	lacked_dovecot=$(missing_packages dovecot-core)
	if [ ! -e /usr/sbin/policy-rc.d ]; then
		trap 'rm -f /usr/sbin/policy-rc.d' EXIT
		trap 'exit 130' INT TERM HUP
		printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
		chmod 755 /usr/sbin/policy-rc.d
	fi
	export DEBIAN_FRONTEND=noninteractive
	apt_get update
	apt_get -y --no-install-recommends install "$@"
	# A policy-rc.d of the machine's own may have let it start; and it shall
	# not start with the next boot either.
	if [ -n "$lacked_dovecot" ] && [ -z "$(missing_packages dovecot-core)" ]; then
		doveadm stop 2>/dev/null || true
		if command -v systemctl >/dev/null; then
			systemctl --quiet disable dovecot.service dovecot.socket \
				2>/dev/null || true
		fi
	fi
}

# Unpacks "${@:2}", and what they need that isn't installed, in directory $1: for
# mail servers that can't be installed beside another one.
unpack_packages() {
	local dir=$1 archive
	local -a wanted
	shift
	[ ! -e "$dir" ] || return 0
	rm -rf "$dir.partial"
	mkdir -p "$dir.partial/archives"
	apt_get update
	mapfile -t wanted < <(apt-get -s --no-install-recommends install "$@" |
		awk '$1 == "Inst" { print $2 }')
	[ ${#wanted[@]} -gt 0 ] || wanted=("$@")
	(cd "$dir.partial/archives" &&
		apt_get -o APT::Sandbox::User=root download "${wanted[@]}")
	for archive in "$dir.partial/archives"/*.deb; do
		dpkg-deb -x "$archive" "$dir.partial"
	done
	rm -r "$dir.partial/archives"
	mv "$dir.partial" "$dir"
}
