# HL_WARNINGS: the project's warning set, in WARN_CFLAGS; errors unless
# --disable-werror.
AC_DEFUN([HL_WARNINGS], [
	AC_ARG_ENABLE([werror],
		[AS_HELP_STRING([--disable-werror],
			[don't treat warnings as errors])],
		[], [enable_werror=yes])
	WARN_CFLAGS="-Wall -Wextra -Wformat=2 -Wstrict-prototypes dnl
-Wmissing-prototypes -Wmissing-declarations -Wpointer-arith -Wcast-qual dnl
-Wwrite-strings -Wshadow -Wvla -Wundef -Wimplicit-fallthrough -Wnull-dereference"
	AS_IF([test "$enable_werror" = yes],
		[WARN_CFLAGS="$WARN_CFLAGS -Werror"])
	HARDEN_CFLAGS="-fstack-protector-strong -fvisibility=hidden"
	AC_SUBST([WARN_CFLAGS])
	AC_SUBST([HARDEN_CFLAGS])
])

# HL_SANITIZE: --enable-sanitizers builds with ASan and UBSan, every finding
# fatal.
AC_DEFUN([HL_SANITIZE], [
	AC_ARG_ENABLE([sanitizers],
		[AS_HELP_STRING([--enable-sanitizers],
			[build with AddressSanitizer and UBSan])],
		[], [enable_sanitizers=no])
	AS_IF([test "$enable_sanitizers" = yes], [
		SAN_CFLAGS="-fsanitize=address,undefined dnl
-fno-sanitize-recover=all -fno-omit-frame-pointer"
	])
	AC_SUBST([SAN_CFLAGS])
	AM_CONDITIONAL([SANITIZERS], [test "$enable_sanitizers" = yes])
])
