#ifndef COMMANDS_H
#define COMMANDS_H

#include "cli.h"

extern const struct cli_program hardlinkctl_program;

/* Its commands, each in its file. */

int cmd_init(struct cli *cli, struct hl_error *err);
int cmd_set(struct cli *cli, struct hl_error *err);
int cmd_unset(struct cli *cli, struct hl_error *err);
int cmd_block(struct cli *cli, struct hl_error *err);
int cmd_unblock(struct cli *cli, struct hl_error *err);
int cmd_extend(struct cli *cli, struct hl_error *err);
int cmd_expire(struct cli *cli, struct hl_error *err);
int cmd_notify(struct cli *cli, struct hl_error *err);
int cmd_show(struct cli *cli, struct hl_error *err);
int cmd_lookup(struct cli *cli, struct hl_error *err);
int cmd_list(struct cli *cli, struct hl_error *err);
int cmd_import(struct cli *cli, struct hl_error *err);
int cmd_export(struct cli *cli, struct hl_error *err);
int cmd_history(struct cli *cli, struct hl_error *err);
int cmd_verify(struct cli *cli, struct hl_error *err);
int cmd_proof(struct cli *cli, struct hl_error *err);
int cmd_prune(struct cli *cli, struct hl_error *err);
int cmd_forget(struct cli *cli, struct hl_error *err);
int cmd_rebuild(struct cli *cli, struct hl_error *err);
int cmd_checkpoint(struct cli *cli, struct hl_error *err);
int cmd_filter(struct cli *cli, struct hl_error *err);
int cmd_backup(struct cli *cli, struct hl_error *err);
int cmd_migrate(struct cli *cli, struct hl_error *err);
int cmd_key_list(struct cli *cli, struct hl_error *err);
int cmd_key_generate(struct cli *cli, struct hl_error *err);
int cmd_key_rotate(struct cli *cli, struct hl_error *err);
int cmd_key_retire(struct cli *cli, struct hl_error *err);
int cmd_key_revoke(struct cli *cli, struct hl_error *err);
int cmd_doctor(struct cli *cli, struct hl_error *err);
int cmd_recover(struct cli *cli, struct hl_error *err);

/* The program's known(): addresses of the store, ids of keys. */
void complete_known(struct cli *cli, const char *kind, const char *prefix,
		    void (*func)(const char *value));

/* set --from FILE */
int cmd_set_from(struct cli *cli, const char *path, struct hl_error *err);

#endif
