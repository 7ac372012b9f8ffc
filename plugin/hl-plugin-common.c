#include "hl-plugin-common.h"
#include "hl-config.h"
#include "hl-lookup.h"
#include "hl-trouble.h"

#include "ioloop.h"
#include "llist.h"
#include "smtp-address.h"

#include <sys/stat.h>

/* `hardlinkctl doctor` looks for it in the module's file. */
static const char __attribute__((used)) hl_plugin_module_version[] =
	"hardlink-module-version " HL_VERSION;

struct hl_plugin {
	struct hl_plugin *prev, *next;

	char *config_path;
	/* NULL until the file could be used once */
	struct hl_config *config;
	struct stat config_st;
	struct hl_lookup *lookup;

	struct hl_trouble config_trouble, store_trouble;
};

/* More than one only if hardlink_config differs from client to client. */
static struct hl_plugin *hl_plugins = NULL;

static void hl_plugin_report(struct hl_trouble *trouble, struct event *event,
			     const char *text)
{
	if (hl_trouble_is_due(trouble, text, ioloop_time))
		e_error(event, "%s", text);
}

/* what begins the line */
static void hl_plugin_report_over(struct hl_trouble *trouble,
				  struct event *event, const char *what)
{
	if (hl_trouble_is_over(trouble, ioloop_time))
		e_info(event, "%s works again", what);
}

static void hl_plugin_unset_config(struct hl_plugin *plugin)
{
	if (plugin->config == NULL)
		return;
	hl_lookup_deinit(&plugin->lookup);
	hl_config_free(&plugin->config);
}

static bool hl_stat_equal(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	       a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static int hl_plugin_read_config(struct hl_plugin *plugin, struct hl_error *err)
{
	struct hl_config *config;
	struct stat st;

	/* before reading: what changes in between is read again next time */
	if (stat(plugin->config_path, &st) < 0)
		i_zero(&st);
	else if (plugin->config != NULL &&
		 hl_stat_equal(&st, &plugin->config_st))
		return 0;

	if (hl_config_read(plugin->config_path, &config, err) < 0)
		return -1;
	hl_plugin_unset_config(plugin);
	plugin->config = config;
	plugin->config_st = st;
	plugin->lookup = hl_lookup_init(config);
	if (plugin->lookup == NULL)
		i_fatal_status(FATAL_OUTOFMEM, "hardlink: out of memory");
	return 0;
}

/* Returns -1 if there is no configuration at all. */
static int hl_plugin_refresh(struct hl_plugin *plugin, struct event *event,
			     struct hl_error *err)
{
	if (hl_plugin_read_config(plugin, err) == 0) {
		hl_plugin_report_over(&plugin->config_trouble, event,
				      "The configuration of hard-links");
		return 0;
	}
	hl_plugin_report(
		&plugin->config_trouble, event,
		t_strdup_printf("Can't use the configuration of hard-links: "
				"%s; %s",
				err->text,
				plugin->config != NULL
					? "the former one stays in force"
					: "recipients are deferred until it's "
					  "mended"));
	return plugin->config != NULL ? 0 : -1;
}

static struct hl_plugin *hl_plugin_find(const char *config_path)
{
	struct hl_plugin *plugin;

	for (plugin = hl_plugins; plugin != NULL; plugin = plugin->next) {
		if (strcmp(plugin->config_path, config_path) == 0)
			return plugin;
	}
	plugin = i_new(struct hl_plugin, 1);
	plugin->config_path = i_strdup(config_path);
	DLLIST_PREPEND(&hl_plugins, plugin);
	return plugin;
}

struct hl_plugin *hl_plugin_get(const char *config_path, struct event *event)
{
	struct hl_plugin *plugin = hl_plugin_find(config_path);
	struct hl_error err;

	(void)hl_plugin_refresh(plugin, event, &err);
	return plugin;
}

void hl_plugin_deinit(void)
{
	while (hl_plugins != NULL) {
		struct hl_plugin *plugin = hl_plugins;

		DLLIST_REMOVE(&hl_plugins, plugin);
		hl_plugin_unset_config(plugin);
		i_free(plugin->config_path);
		i_free(plugin);
	}
}

bool hl_plugin_lmtp_delivers(const struct hl_plugin *plugin)
{
	return plugin->config != NULL &&
	       plugin->config->lmtp == HL_LMTP_DELIVER;
}

static bool hl_plugin_defers(const struct hl_plugin *plugin)
{
	/* What on_error is, nobody knows without a configuration. */
	return plugin->config == NULL ||
	       plugin->config->on_error == HL_ON_ERROR_TEMPFAIL;
}

static const char *hl_store_trouble_text(const struct hl_plugin *plugin,
					 const struct hl_error *err)
{
	const char *result, *advice = "";

	result = hl_plugin_defers(plugin)
			 ? "recipients are deferred (on_error = tempfail)"
			 : "mail is delivered as if nobody had moved "
			   "(on_error = deliver)";
	if (err->code == HL_ERROR_STORE || err->code == HL_ERROR_CONFIG)
		advice = t_strdup_printf("; run `hardlinkctl -c %s verify`",
					 plugin->config_path);
	return t_strdup_printf("Can't look up hard-links: %s; %s%s", err->text,
			       result, advice);
}

static enum hl_lookup_result
hl_plugin_ask(struct hl_plugin *plugin, const struct hl_address *address,
	      struct event *event, struct hl_link *link_r, struct hl_error *err)
{
	enum hl_lookup_result result;

	if (plugin->config == NULL && hl_plugin_refresh(plugin, event, err) < 0)
		return HL_LOOKUP_ERROR;

	result = hl_lookup(plugin->lookup, address, link_r, err);
	if (result == HL_LOOKUP_ERROR)
		hl_plugin_report(&plugin->store_trouble, event,
				 hl_store_trouble_text(plugin, err));
	else
		hl_plugin_report_over(&plugin->store_trouble, event,
				      "The store of hard-links");
	return result;
}

static enum hl_plugin_answer hl_plugin_redirect(const struct hl_link *link,
						bool smtputf8,
						struct event *event,
						struct hl_reply *reply_r)
{
	hl_reply_format(link, smtputf8, reply_r);
	event_set_name(event, "hardlink_redirected");
	event_add_str(event, "kind", hl_kind_name(link->kind));
	e_debug(event, "Hard-linked: %u %s %s", reply_r->status,
		reply_r->enhanced_code, reply_r->text);
	return HL_PLUGIN_REDIRECT;
}

bool hl_plugin_address(const struct smtp_address *path,
		       enum hl_address_flags flags,
		       struct hl_address *address_r)
{
	struct hl_error ignored;

	return path->domain != NULL &&
	       hl_address_from_parts(path->localpart, strlen(path->localpart),
				     path->domain, strlen(path->domain), flags,
				     address_r, &ignored) == 0;
}

static enum hl_plugin_answer hl_plugin_fail(const struct hl_plugin *plugin,
					    struct event *event,
					    const struct hl_error *err)
{
	event_set_name(event, "hardlink_failed");
	event_add_str(event, "error", err->text);
	e_debug(event, "Lookup of hard-link failed: %s", err->text);
	return hl_plugin_defers(plugin) ? HL_PLUGIN_TEMPFAIL : HL_PLUGIN_PASS;
}

enum hl_plugin_answer hl_plugin_lookup(struct hl_plugin *plugin,
				       const struct smtp_address *rcpt,
				       bool smtputf8, struct event *parent,
				       hl_plugin_exists_func *exists,
				       void *context, struct hl_reply *reply_r)
{
	enum hl_plugin_answer answer = HL_PLUGIN_PASS;
	struct hl_address address;
	struct hl_link link;
	struct hl_error err;
	struct event *event;

	if (!hl_plugin_address(rcpt, HL_ADDRESS_FOREIGN, &address))
		return HL_PLUGIN_PASS;

	/* An event's duration counts from its creation. */
	event = event_create(parent);
	switch (hl_plugin_ask(plugin, &address, parent, &link, &err)) {
	case HL_LOOKUP_ERROR:
		answer = hl_plugin_fail(plugin, event, &err);
		break;
	case HL_LOOKUP_FOUND_BY_DOMAIN:
		if (exists(context))
			answer = hl_plugin_redirect(&link, smtputf8, event,
						    reply_r);
		break;
	case HL_LOOKUP_FOUND:
		answer = hl_plugin_redirect(&link, smtputf8, event, reply_r);
		break;
	case HL_LOOKUP_NONE:
		break;
	}
	event_unref(&event);
	return answer;
}
