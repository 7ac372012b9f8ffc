# HL_UNISTRING: libunistring, which has no file for pkg-config.
AC_DEFUN([HL_UNISTRING], [
	UNISTRING_LIBS=
	AC_CHECK_HEADER([uninorm.h], [
		AC_CHECK_LIB([unistring], [u8_normalize],
			[UNISTRING_LIBS=-lunistring])
	])
	AS_IF([test -z "$UNISTRING_LIBS"],
		[AC_MSG_ERROR([no usable libunistring: install libunistring-dev])])
	AC_SUBST([UNISTRING_LIBS])
])
