#ifndef EDGE_LOG_H
#define EDGE_LOG_H

#include <stdbool.h>

/* The log of a program beside an MTA: syslog's mail facility, or standard
   error. Any thread may write. */

/* name: the program's. */
void edge_log_open(const char *name, bool to_stderr);

/* What breaks the service, what an administrator should look at, what is good
   to know. One line each, without a line feed. */
void edge_log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void edge_log_warning(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));
void edge_log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
