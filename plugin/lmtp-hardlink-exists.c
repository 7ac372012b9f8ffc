#include "lmtp-hardlink-exists.h"

#include "lmtp-common.h"
#include "lda-settings.h"
#include "auth-master.h"
#include "mail-storage-service.h"
#include "smtp-address.h"

/* What lmtp itself asks with. */
static void fill_input(const struct client *client,
		       const struct smtp_server_recipient *rcpt,
		       const char *username,
		       struct mail_storage_service_input *input_r)
{
	i_zero(input_r);
	HL_STORAGE_INPUT_SERVICE(input_r, "lmtp");
	input_r->event_parent = rcpt->event;
	input_r->username = username;
	input_r->local_ip = client->local_ip;
	input_r->remote_ip = client->remote_ip;
	input_r->local_port = client->local_port;
	input_r->remote_port = client->remote_port;
}

static bool says_proxy(const char *const *fields)
{
	const char *name;

	for (; *fields != NULL; fields++) {
		name = t_strcut(*fields, '=');
		if (strcmp(name, "proxy") == 0 ||
		    strcmp(name, "proxy_maybe") == 0)
			return TRUE;
	}
	return FALSE;
}

/* Is it certainly not passed on? Else who exists is known to the other server.
   That no such user is in the passdb says nothing: lmtp goes on to the userdb
   then. */
static bool is_not_proxied(const struct mail_storage_service_input *input)
{
	struct auth_user_info info;
	const char *const *fields;
	bool is_here;
	pool_t pool;
	int ret;

	i_zero(&info);
	info.HL_AUTH_PROTOCOL = "lmtp";
	info.local_ip = input->local_ip;
	info.remote_ip = input->remote_ip;
	info.local_port = input->local_port;
	info.remote_port = input->remote_port;
	mail_storage_service_init_settings(storage_service, input);
	pool = pool_alloconly_create("hardlink passdb lookup", 1024);
	ret = auth_master_pass_lookup(
		mail_storage_service_get_auth_conn(storage_service),
		input->username, &info, pool, &fields);
	is_here = ret == 0 || (ret > 0 && !says_proxy(fields));
	pool_unref(&pool);
	return is_here;
}

bool lmtp_hardlink_exists(struct client *client,
			  struct smtp_server_recipient *rcpt)
{
	struct mail_storage_service_input input;
	struct mail_storage_service_user *user;
	const char *username, *detail, *error;
	char delim;

	smtp_address_detail_parse_temp(HL_LMTP_DELIMITERS(client), rcpt->path,
				       &username, &delim, &detail);
	fill_input(client, rcpt, username, &input);
	if ((client->lmtp_set->lmtp_proxy && !is_not_proxied(&input)) ||
	    mail_storage_service_lookup(storage_service, &input, &user,
					&error) <= 0)
		return FALSE;
	mail_storage_service_user_unref(&user);
	return TRUE;
}
