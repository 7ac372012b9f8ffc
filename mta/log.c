#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>

static bool log_to_stderr = true;
static const char *log_name = "hardlink";

void edge_log_open(const char *name, bool to_stderr)
{
	log_name = name;
	log_to_stderr = to_stderr;
	openlog(name, LOG_PID, LOG_MAIL);
}

static void __attribute__((format(printf, 2, 0)))
log_line(int priority, const char *fmt, va_list args)
{
	char line[2048];

	vsnprintf(line, sizeof(line), fmt, args);
	if (!log_to_stderr)
		syslog(priority, "%s", line);
	else
		fprintf(stderr, "%s: %s%s\n", log_name,
			priority == LOG_ERR	  ? "error: "
			: priority == LOG_WARNING ? "warning: "
						  : "",
			line);
}

void edge_log_error(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_line(LOG_ERR, fmt, args);
	va_end(args);
}

void edge_log_warning(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_line(LOG_WARNING, fmt, args);
	va_end(args);
}

void edge_log_info(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_line(LOG_INFO, fmt, args);
	va_end(args);
}
