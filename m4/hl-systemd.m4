# HL_SYSTEMD: where systemd looks for units; "no": none are installed. Not what
# pkg-config says of systemd itself, which isn't below another prefix.
AC_DEFUN([HL_SYSTEMD], [
	AC_ARG_WITH([systemdsystemunitdir],
		[AS_HELP_STRING([--with-systemdsystemunitdir=DIR],
			[where units are installed, or `no'
			(default: PREFIX/lib/systemd/system)])],
		[], [with_systemdsystemunitdir=yes])
	AS_IF([test "$with_systemdsystemunitdir" = yes],
		[SYSTEMDUNITDIR='${prefix}/lib/systemd/system'],
		[SYSTEMDUNITDIR=$with_systemdsystemunitdir])
	AC_SUBST([SYSTEMDUNITDIR])
	AM_CONDITIONAL([SYSTEMD], [test "$with_systemdsystemunitdir" != no])
])
