/* The module that doveadm loads. */

#include "doveadm-hardlink.h"

#include "master-service.h"
#include "module-dir.h"

#include "commands.h"

extern const char *doveadm_hardlink_plugin_version;
void doveadm_hardlink_plugin_init(struct module *module);
void doveadm_hardlink_plugin_deinit(void);

/* as many as hardlinkctl has */
static struct doveadm_hardlink_command *commands;
static unsigned int command_count;
static pool_t pool;

static void run(struct doveadm_cmd_context *cctx)
{
	unsigned int i;

	/* doveadm has a copy, with the same pointers */
	for (i = 0; i < command_count; i++) {
		if (commands[i].name == cctx->cmd->name) {
			doveadm_hardlink_run(&commands[i], cctx);
			return;
		}
	}
	i_unreached();
}

static void register_command(struct doveadm_hardlink_command *cmd)
{
	struct doveadm_cmd_ver2 registered = {
		.cmd = run,
		.name = cmd->name,
		.usage = cmd->usage,
		.parameters = cmd->params,
	};

	doveadm_cmd_register_ver2(&registered);
}

static void remark(bool is_error, const char *text)
{
	if (is_error)
		i_error("%s", text);
	else
		i_warning("%s", text);
}

HL_EXPORT const char *doveadm_hardlink_plugin_version = DOVECOT_ABI_VERSION;

HL_EXPORT void doveadm_hardlink_plugin_init(struct module *module ATTR_UNUSED)
{
	const struct cli_command *first = hardlinkctl_program.commands;
	unsigned int i;

	while (first[command_count].name != NULL)
		command_count++;
	pool = pool_alloconly_create("doveadm_hardlink", 16384);
	commands = p_new(pool, struct doveadm_hardlink_command, command_count);
	for (i = 0; i < command_count; i++) {
		commands[i].command = &first[i];
		doveadm_hardlink_command_init(&commands[i], pool);
		register_command(&commands[i]);
	}
	cli_set_remark_func(remark);
	/* doveadm starts anew, with an empty environment, to have its settings
	   read */
	if (!doveadm_server)
		master_service_import_environment("HARDLINK_CONFIG");
}

HL_EXPORT void doveadm_hardlink_plugin_deinit(void)
{
	command_count = 0;
	pool_unref(&pool);
}
