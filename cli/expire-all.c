#include "expire-all.h"
#include "clock.h"
#include "links.h"
#include "patiently.h"

#include "hl-sweep.h"

#include <errno.h>
#include <string.h>

/* Of what was written meanwhile, so much may be left for when the write lock is
   held; but others may write as fast as this reads. */
#define LEFT_MAX     64
#define CATCH_UP_MAX 20
/* How often it begins again because another one closes or erases. */
#define TRIES 3
/* of a snapshot when it's said what was closed */
#define SOME 256

struct all {
	struct cli *cli;
	struct hl_log *log;
	/* the sequence numbers of what ran out, as they are in memory: there
	   may be millions */
	FILE *spool;
	struct hl_sweep sweep;
	/* it has to begin again */
	bool again;
};

static int spool_error(struct hl_error *err)
{
	return hl_error_set(err, HL_ERROR_TEMP, "a temporary file: %s",
			    strerror(errno));
}

static int note(uint64_t seq, void *context, struct hl_error *err)
{
	struct all *all = context;

	if (fwrite(&seq, sizeof(seq), 1, all->spool) != 1)
		return spool_error(err);
	return 0;
}

static int check_share(const struct all *all, struct hl_error *err)
{
	uint64_t closed = all->sweep.closed;
	uint64_t before = closed + all->sweep.in_force;

	if (all->cli->options[OPT_FORCE] != NULL ||
	    closed <= EXPIRE_PLAUSIBLE || closed * 3 <= before * 2)
		return 0;
	return hl_error_set(err, HL_ERROR_PERMISSION,
			    "%llu of %llu temporary hard-links have run out, "
			    "which is more than two thirds; see `list --state "
			    "expired`, and if the clock is right, use --force",
			    (unsigned long long)closed,
			    (unsigned long long)before);
}

/* A dry run does nothing that could be refused. */
static int check(struct all *all, int ret, struct hl_error *err)
{
	char text[HL_ERROR_TEXT_SIZE + 32];

	if (ret == 0 || all->cli->options[OPT_DRY_RUN] == NULL)
		return ret;
	snprintf(text, sizeof(text), "it would be refused: %s", err->text);
	cli_warn(text);
	err->code = HL_ERROR_NONE;
	return 0;
}

static int count(void *context, struct hl_error *err)
{
	struct all *all = context;
	struct hl_log *log = all->log;

	rewind(all->spool);
	if (check(all, cli_check_clock(all->cli, log, err), err) < 0 ||
	    hl_sweep_count(log, all->cli->config->grace, note, all, &all->sweep,
			   err) < 0)
		return -1;
	return check(all, check_share(all, err), err);
}

/* Most of what others wrote meanwhile, before they have to wait. */
static int catch_up(struct all *all, struct hl_error *err)
{
	struct hl_log *log = all->log;
	uint64_t before;
	unsigned int n;
	int ret = 0;

	for (n = 0; n < CATCH_UP_MAX && ret == 0; n++) {
		before = all->sweep.size;
		if (hl_log_snapshot_begin(log, err) < 0)
			return -1;
		ret = hl_sweep_catch_up(log, &all->sweep, err);
		hl_log_snapshot_end(log);
		if (ret == 0 && all->sweep.size - before <= LEFT_MAX)
			break;
	}
	all->again = ret > 0;
	return ret < 0 ? -1 : 0;
}

static int write_sweep(struct cli *cli, struct hl_log *log, void *context,
		       struct hl_error *err)
{
	struct all *all = context;
	int ret = hl_sweep_catch_up(log, &all->sweep, err);

	all->again = ret > 0;
	if (ret != 0 || all->sweep.closed == 0)
		return ret < 0 ? -1 : 1;
	return hl_sweep_append(log, &cli->actor, &all->sweep, err);
}

/* One try. */
static int close_all(struct all *all, struct hl_error *err)
{
	all->again = false;
	if (patiently(count, all, err) < 0)
		return -1;
	if (all->sweep.closed == 0 || all->cli->options[OPT_DRY_RUN] != NULL)
		return 0;
	if (catch_up(all, err) < 0)
		return -1;
	return all->again ? 0
			  : cli_transact(all->cli, all->log, write_sweep, all,
					 err);
}

/* The next one that was noted: 1, and *printed_r grows if it was closed; 0 at
   the end. In a snapshot. */
static int print_next(struct all *all, uint64_t *printed, struct hl_error *err)
{
	struct hl_change_result result;
	uint64_t seq;
	int ret;

	if (fread(&seq, sizeof(seq), 1, all->spool) != 1)
		return ferror(all->spool) ? spool_error(err) : 0;
	memset(&result, 0, sizeof(result));
	ret = hl_sweep_get(all->log, &all->sweep, seq, &result.address,
			   &result.before, err);
	if (ret < 0 ||
	    (ret > 0 && cli_change_print(all->cli, &result, "ended", err) < 0))
		return -1;
	*printed += (uint64_t)ret;
	return 1;
}

static int print_all(void *context, struct hl_error *err)
{
	struct all *all = context;
	uint64_t printed = 0;
	unsigned int n;
	int ret = 1;

	if (fflush(all->spool) != 0)
		return spool_error(err);
	rewind(all->spool);
	while (ret > 0 && printed < all->sweep.closed) {
		if (hl_log_snapshot_begin(all->log, err) < 0)
			return -1;
		for (n = 0; n < SOME && ret > 0 && printed < all->sweep.closed;
		     n++)
			ret = print_next(all, &printed, err);
		hl_log_snapshot_end(all->log);
	}
	return ret < 0 ? -1 : 0;
}

static int print(struct all *all, struct hl_error *err)
{
	char horizon[HL_TIME_SIZE];

	if (all->sweep.closed == 0)
		return 0;
	if (patiently(print_all, all, err) < 0)
		return -1;
	hl_time_format(all->sweep.horizon, horizon);
	return output_line(all->cli->out, err, "%llu %sclosed, up to %s",
			   (unsigned long long)all->sweep.closed,
			   all->cli->options[OPT_DRY_RUN] != NULL ? "would be "
								  : "",
			   horizon);
}

int expire_all(struct cli *cli, struct hl_log *log, struct hl_error *err)
{
	struct all all = {.cli = cli, .log = log, .spool = tmpfile()};
	unsigned int n;
	int ret;

	if (all.spool == NULL)
		return spool_error(err);
	ret = close_all(&all, err);
	for (n = 1; n < TRIES && ret == 0 && all.again; n++)
		ret = close_all(&all, err);
	if (ret == 0 && all.again)
		ret = hl_error_set(err, HL_ERROR_TEMP,
				   "nothing was closed: others close or erase "
				   "at the same time; try again");
	if (ret == 0)
		ret = print(&all, err);
	fclose(all.spool);
	return ret;
}
