# HL_MILTER: finds libmilter; hardlink-milter is built where there is one, or by
# --with-milter has to be. Debian's has no file for pkg-config.
AC_DEFUN([HL_MILTER], [
	AC_ARG_WITH([milter],
		[AS_HELP_STRING([--with-milter],
			[build hardlink-milter (default: if libmilter is there)])],
		[], [with_milter=auto])
	MILTER_LIBS=
	have_milter=no
	AS_IF([test "$with_milter" != no], [
		AC_CHECK_HEADER([libmilter/mfapi.h], [
			AC_CHECK_LIB([milter], [smfi_setsymlist],
				[have_milter=yes MILTER_LIBS=-lmilter], [],
				[-pthread])
		])
		AS_IF([test "$have_milter" = yes], [],
			[test "$with_milter" = auto],
			[AC_MSG_WARN([hardlink-milter isn't built: no usable libmilter; install libmilter-dev])],
			[AC_MSG_ERROR([no usable libmilter: install libmilter-dev])])
	])
	AC_SUBST([MILTER_LIBS])
	AM_CONDITIONAL([MILTER], [test "$have_milter" = yes])
])
