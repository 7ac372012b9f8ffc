#include "commands.h"
#include "links.h"

#include "hl-proof.h"
#include "hl-text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

struct proof {
	struct hl_address address;
	/* of the entry; 0: the newest */
	uint64_t seq;
	char text[HL_PROOF_MAX + 1];
	size_t size;
	struct hl_checkpoint head;
};

static const struct output_column columns[] = {
	{"address", OUTPUT_TEXT},   {"seq", OUTPUT_NUMBER},
	{"epoch", OUTPUT_NUMBER},   {"entries", OUTPUT_NUMBER},
	{"root", OUTPUT_TEXT},	    {"file", OUTPUT_OPTIONAL},
	{"proof", OUTPUT_OPTIONAL}, {NULL, OUTPUT_TEXT},
};

static int make(struct cli *cli, struct hl_log *log, void *context,
		struct hl_error *err)
{
	struct proof *proof = context;

	(void)cli;
	proof->head = *hl_log_head(log);
	return hl_proof_write(log, &proof->address, proof->seq, proof->text,
			      &proof->size, &proof->seq, err);
}

/* Overwrites nothing, and leaves no half of one. */
static int write_file(const char *path, const struct proof *proof,
		      struct hl_error *err)
{
	ssize_t written;
	int fd;

	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return hl_error_set(err,
				    errno == EEXIST || errno == EACCES
					    ? HL_ERROR_PERMISSION
					    : HL_ERROR_TEMP,
				    "%s: %s", path, strerror(errno));
	written = write(fd, proof->text, proof->size);
	if (close(fd) == 0 && written == (ssize_t)proof->size)
		return 0;
	unlink(path);
	return hl_error_set(err, HL_ERROR_TEMP, "%s: %s", path,
			    written < 0 ? strerror(errno) : "no space left");
}

static int print(struct cli *cli, const struct proof *proof, const char *file,
		 struct hl_error *err)
{
	char address[HL_ADDRESS_SIZE], seq[32], epoch[32], entries[32];
	char root[2 * HL_HASH_SIZE + 1];
	const char *const cells[] = {address,
				     seq,
				     epoch,
				     entries,
				     root,
				     file,
				     *file == '\0' ? proof->text : ""};

	hl_address_format(&proof->address, address);
	snprintf(seq, sizeof(seq), "%llu", (unsigned long long)proof->seq);
	snprintf(epoch, sizeof(epoch), "%llu",
		 (unsigned long long)proof->head.epoch);
	snprintf(entries, sizeof(entries), "%llu",
		 (unsigned long long)proof->head.size);
	sodium_bin2hex(root, sizeof(root), proof->head.root, HL_HASH_SIZE);
	output_begin(cli->out, OUTPUT_ONE | OUTPUT_LINES, columns);
	/* the line brings the last line end */
	if (*file == '\0' ? output_line(cli->out, err, "%.*s",
					(int)proof->size - 1, proof->text) < 0
			  : output_line(cli->out, err,
					"%s: entry %s of %s, among %s entries",
					file, seq, address, entries) < 0)
		return -1;
	return output_row(cli->out, cells, err);
}

int cmd_proof(struct cli *cli, struct hl_error *err)
{
	const char *file = cli->arg_count > 1 ? cli->args[1] : "";
	const char *seq = cli->options[OPT_SEQ];
	struct proof proof;

	memset(&proof, 0, sizeof(proof));
	if (cli->arg_count > 1 && *file == '\0')
		return cli_usage_error(cli, err, "proof: not a file's name");
	if (seq != NULL &&
	    (!hl_text_parse_number(seq, strlen(seq), &proof.seq) ||
	     proof.seq == 0))
		return cli_usage_error(cli, err,
				       "proof: --seq: not an entry's number");
	if (cli_parse_old(cli->args[0], &proof.address, err) < 0 ||
	    cli_read(cli, make, &proof, err) < 0)
		return -1;
	if (*file != '\0' && write_file(file, &proof, err) < 0)
		return -1;
	return print(cli, &proof, file, err);
}
