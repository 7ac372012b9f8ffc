#ifndef HL_ERROR_H
#define HL_ERROR_H

#include <stddef.h>

/* What can go wrong, as its user must react to it. Every failing function of
   libhardlink fills a struct hl_error with one line, without a full stop or
   line feed, that says what was wrong and, where it isn't obvious, what to
   do. */

enum hl_error_code {
	HL_ERROR_NONE = 0,
	/* the call makes no sense: EX_USAGE */
	HL_ERROR_USAGE,
	/* input that isn't what it must be: EX_DATAERR */
	HL_ERROR_DATA,
	/* no such hard-link: 68, doveadm's DOVEADM_EX_NOTFOUND */
	HL_ERROR_NOT_FOUND,
	/* busy, out of space, clock wrong: try again: EX_TEMPFAIL */
	HL_ERROR_TEMP,
	/* not allowed to this user, or not without an explicit word: EX_NOPERM
	 */
	HL_ERROR_PERMISSION,
	/* configuration, keys or store aren't set up right: EX_CONFIG */
	HL_ERROR_CONFIG,
	/* the store is damaged, forged or older than it was: EX_DATAERR */
	HL_ERROR_STORE
};

#define HL_ERROR_TEXT_SIZE 1024

struct hl_error {
	enum hl_error_code code;
	char text[HL_ERROR_TEXT_SIZE];
};

/* Fills err and returns -1, so that a caller can `return hl_error_set(…)`.
   Bytes of the result that aren't printable ASCII or UTF-8 become `?`: an
   error text is always fit for a terminal and a log. */
int hl_error_set(struct hl_error *err, enum hl_error_code code, const char *fmt,
		 ...) __attribute__((format(printf, 3, 4)));

/* Puts "<prefix>: " in front of the text, keeps the code. Returns -1. */
int hl_error_prefix(struct hl_error *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Input as error texts quote it: at most 80 bytes, then "..."; a NUL becomes
   `?`. Returns buf. */
#define HL_ERROR_QUOTE_SIZE 84
const char *hl_error_quote(const char *text, size_t size,
			   char buf[HL_ERROR_QUOTE_SIZE]);

#ifdef __clang_analyzer__
/* The analyser can't see from another file that they return -1. */
#define hl_error_set(...)    ((hl_error_set)(__VA_ARGS__), -1)
#define hl_error_prefix(...) ((hl_error_prefix)(__VA_ARGS__), -1)
#endif

/* The sysexits code of an error, as doveadm uses them. */
int hl_error_exit_code(enum hl_error_code code);

#endif
