#include "reader.h"
#include "pager.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* What a terminal shows at once. Rows cost a signature's verification each, and
   who wants the first ones needn't wait for, or pay, those behind. */
#define PAGE_ROWS 32
/* What comes so slowly (few rows of many fit) is shown as it comes. */
#define PAGE_SECS 2
/* Of standard output: a page has room in it, so that it's written at once. */
static char buffer[65536];

struct reader {
	FILE *file;
	struct pager *pager;
	bool may_page;
	/* does somebody wait for it? A file has patience. */
	bool waits;
	/* something was passed on */
	bool begun;
	struct timespec began;
};

struct reader *reader_init(FILE *file, bool may_page)
{
	struct reader *reader = calloc(1, sizeof(*reader));
	struct stat st;

	if (reader == NULL)
		return NULL;
	reader->file = file;
	reader->may_page = may_page && isatty(fileno(file)) == 1;
	reader->waits = fstat(fileno(file), &st) < 0 || !S_ISREG(st.st_mode);
	if (reader->waits && file == stdout)
		(void)setvbuf(file, buffer, _IOFBF, sizeof(buffer));
	clock_gettime(CLOCK_MONOTONIC, &reader->began);
	return reader;
}

void reader_deinit(struct reader **_reader)
{
	struct reader *reader = *_reader;

	*_reader = NULL;
	if (reader == NULL)
		return;
	if (reader->pager != NULL)
		pager_close(&reader->pager);
	free(reader);
}

bool reader_wants_page(const struct reader *reader, unsigned int rows)
{
	struct timespec now;

	if (!reader->waits || rows == 0)
		return false;
	if (rows >= PAGE_ROWS)
		return true;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec - reader->began.tv_sec > PAGE_SECS;
}

void reader_begin(struct reader *reader)
{
	if (reader->may_page)
		reader->pager = pager_open(reader->file);
}

bool reader_wait(struct reader *reader)
{
	struct pollfd fd = {.fd = fileno(reader->file), .events = POLLOUT};

	if (!reader->waits)
		return true;
	if (fflush(reader->file) != 0)
		return errno != EPIPE || !reader_may_leave(reader);
	reader->begun = true;
	while (poll(&fd, 1, -1) < 0) {
		if (errno != EINTR)
			return true;
	}
	/* the other end of a pipe was closed */
	return (fd.revents & POLLERR) == 0;
}

bool reader_may_leave(const struct reader *reader)
{
	return reader->begun || reader->pager != NULL;
}
