/* The rows that doctor prints. */

#include "doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static const char *const result_names[] = {
	[DOCTOR_OK] = "ok",
	[DOCTOR_WARNING] = "warning",
	[DOCTOR_ERROR] = "error",
	[DOCTOR_SKIPPED] = "skipped",
};

static void count(struct doctor *doctor, enum doctor_result result)
{
	switch (result) {
	case DOCTOR_OK:
		break;
	case DOCTOR_WARNING:
		doctor->warnings++;
		break;
	case DOCTOR_ERROR:
		doctor->errors++;
		break;
	case DOCTOR_SKIPPED:
		doctor->skipped++;
		break;
	}
}

static void __attribute__((format(printf, 4, 0)))
report(struct doctor *doctor, enum doctor_result result, const char *mend,
       const char *fmt, va_list args)
{
	const char *name = result_names[result];
	char text[HL_ERROR_TEXT_SIZE];
	struct hl_error what;
	const char *const cells[] = {doctor->check, name, what.text, mend};

	/* What stands in it comes from anywhere: as an error's text it has
	   nothing in it that a terminal would obey. */
	vsnprintf(text, sizeof(text), fmt, args);
	hl_error_set(&what, HL_ERROR_CONFIG, "%s", text);
	count(doctor, result);
	if (doctor->failed)
		return;
	doctor->failed =
		output_line(doctor->cli->out, doctor->err,
			    "%-7s  %-17s  %s%s%s", name, doctor->check,
			    what.text, *mend == '\0' ? "" : ": ", mend) < 0 ||
		output_row(doctor->cli->out, cells, doctor->err) < 0;
}

void doctor_ok(struct doctor *doctor, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report(doctor, DOCTOR_OK, "", fmt, args);
	va_end(args);
}

void doctor_skip(struct doctor *doctor, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report(doctor, DOCTOR_SKIPPED, "", fmt, args);
	va_end(args);
}

void doctor_warn(struct doctor *doctor, const char *mend, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report(doctor, DOCTOR_WARNING, mend, fmt, args);
	va_end(args);
}

void doctor_fail(struct doctor *doctor, const char *mend, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report(doctor, DOCTOR_ERROR, mend, fmt, args);
	va_end(args);
}

void doctor_fail_by(struct doctor *doctor, const char *mend,
		    const struct hl_error *err)
{
	if (err->code == HL_ERROR_PERMISSION && geteuid() != 0)
		doctor_skip(doctor, "only root can look at this: %s",
			    err->text);
	else
		doctor_fail(doctor, mend, "%s", err->text);
}

unsigned int doctor_found(const struct doctor *doctor)
{
	return doctor->warnings + doctor->errors + doctor->skipped;
}
