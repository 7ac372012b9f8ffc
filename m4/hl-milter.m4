# HL_MILTER: finds libmilter, unless --without-milter. Debian's has no file for
# pkg-config.
AC_DEFUN([HL_MILTER], [
	AC_ARG_WITH([milter],
		[AS_HELP_STRING([--without-milter],
			[don't build hardlink-milter])],
		[], [with_milter=yes])
	MILTER_LIBS=
	AS_IF([test "$with_milter" != no], [
		AC_CHECK_HEADER([libmilter/mfapi.h], [],
			[AC_MSG_ERROR([no libmilter/mfapi.h: install libmilter-dev, or configure --without-milter])])
		AC_CHECK_LIB([milter], [smfi_setsymlist],
			[MILTER_LIBS=-lmilter],
			[AC_MSG_ERROR([no usable libmilter: install libmilter-dev, or configure --without-milter])],
			[-pthread])
	])
	AC_SUBST([MILTER_LIBS])
	AM_CONDITIONAL([MILTER], [test "$with_milter" != no])
])
