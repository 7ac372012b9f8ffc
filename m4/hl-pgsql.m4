# --with-pgsql: the store in a PostgreSQL database. Without a word, where libpq
# is there: 15, Debian 12's, is the oldest that was tried.
AC_DEFUN([HL_PGSQL], [
AC_ARG_WITH([pgsql],
	[AS_HELP_STRING([--with-pgsql],
		[stores in PostgreSQL (default: if libpq is found)])],
	[], [with_pgsql=check])
have_pgsql=no
AS_IF([test "x$with_pgsql" != xno],
	[PKG_CHECK_MODULES([PGSQL], [libpq >= 15], [have_pgsql=yes],
		[AS_IF([test "x$with_pgsql" != xcheck],
			[AC_MSG_ERROR([libpq isn't there; install libpq-dev])])])])
AS_IF([test "$have_pgsql" = yes],
	[AC_DEFINE([HL_HAVE_PGSQL], [1], [Stores in PostgreSQL.])])
AM_CONDITIONAL([HAVE_PGSQL], [test "$have_pgsql" = yes])
])
