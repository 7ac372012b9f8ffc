# HL_DOVECOT: finds the installed Dovecot by its dovecot-config.
AC_DEFUN([HL_DOVECOT], [
	AC_ARG_WITH([dovecot],
		[AS_HELP_STRING([--with-dovecot=DIR],
			[directory of dovecot-config])],
		[], [with_dovecot=])
	AC_ARG_WITH([moduledir],
		[AS_HELP_STRING([--with-moduledir=DIR],
			[where Dovecot's modules are installed (default: where
			Dovecot looks for them)])],
		[], [with_moduledir=])
	AC_MSG_CHECKING([for dovecot-config])
	dovecot_config=
	for dir in $with_dovecot /usr/local/lib/dovecot /usr/lib/dovecot \
			/usr/lib64/dovecot; do
		AS_IF([test -z "$dovecot_config" && test -f "$dir/dovecot-config"],
			[dovecot_config=$dir/dovecot-config])
	done
	AS_IF([test -z "$dovecot_config"],
		[AC_MSG_ERROR([not found; install dovecot-dev or use --with-dovecot=DIR])])
	AC_MSG_RESULT([$dovecot_config])
	eval `grep -i '^dovecot_[[a-z]]*=' "$dovecot_config"`
	eval `grep '^LIBDOVECOT' "$dovecot_config"`

	AC_MSG_CHECKING([Dovecot's version])
	hl_dovecot_version=`$SED -n \
		's/^#define DOVECOT_ABI_VERSION "\(@<:@0-9@:>@*\.@<:@0-9@:>@*\).*/\1/p' \
		"$dovecot_pkgincludedir/config.h"`
	AC_MSG_RESULT([${hl_dovecot_version:-unknown}])
	AS_CASE([$hl_dovecot_version],
		[2.3|2.4], [],
		[AC_MSG_ERROR([Dovecot 2.3 or 2.4 is needed])])
	# Since 2.4 a setting exists only where the config process finds its
	# definition, in a module of its own.
	AM_CONDITIONAL([DOVECOT_SETTINGS_MODULES],
		[test "$hl_dovecot_version" != 2.3])

	AS_IF([test -n "$with_moduledir"], [dovecot_moduledir=$with_moduledir])
	# Not -I: the warning set is for this project's code.
	DOVECOT_INCLUDES=`echo "$LIBDOVECOT_INCLUDE" | $SED 's/-I */-isystem /g'`
	# Debian's isn't where the loader looks.
	DOVECOT_LDFLAGS="-Wl,-rpath,$dovecot_pkglibdir"
	DOVECOT_LIBS=$LIBDOVECOT
	# Beside its libraries' prefix, or where programs are.
	AC_PATH_PROG([DOVEADM], [doveadm], [/usr/bin/doveadm],
		[${dovecot_pkglibdir%/lib/dovecot}/bin:/usr/local/bin:/usr/bin:/bin])
	AC_SUBST([DOVECOT_LDFLAGS])
	AC_SUBST([DOVECOT_LIBS])
	AC_SUBST([DOVECOT_INCLUDES])
	AC_SUBST([dovecot_moduledir])
	AC_SUBST([dovecot_pkglibdir])
])
