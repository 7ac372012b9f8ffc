# HL_FUZZ: --enable-fuzzers builds tests/fuzz with clang's libFuzzer, and
# everything with what it needs. Behind HL_SANITIZE.
AC_DEFUN([HL_FUZZ], [
	AC_ARG_ENABLE([fuzzers],
		[AS_HELP_STRING([--enable-fuzzers],
			[build the fuzz targets, with sanitizers; needs clang])],
		[], [enable_fuzzers=no])
	AS_IF([test "$enable_fuzzers" = yes], [
		SAN_CFLAGS="-fsanitize=fuzzer-no-link,address,undefined dnl
-fno-sanitize-recover=all -fno-omit-frame-pointer"
		AC_MSG_CHECKING([whether $CC has libFuzzer])
		hl_save_CFLAGS=$CFLAGS
		CFLAGS="$CFLAGS -fsanitize=fuzzer"
		AC_LINK_IFELSE([AC_LANG_SOURCE([[
#include <stddef.h>
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	return data == NULL && size > 0;
}
		]])], [AC_MSG_RESULT([yes])], [
			AC_MSG_RESULT([no])
			AC_MSG_ERROR([--enable-fuzzers needs clang: configure with CC=clang])
		])
		CFLAGS=$hl_save_CFLAGS
	])
	AM_CONDITIONAL([FUZZERS], [test "$enable_fuzzers" = yes])
])
