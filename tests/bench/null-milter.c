/* null-milter SOCKET
 *
 * A milter that accepts everything: what any milter costs at Postfix, which
 * the bench measures hardlink-milter against. It wants the same callbacks and
 * macros. Runs in the foreground until a signal ends it. */

#include "milter-negotiate.h"

#include <err.h>
#include <sysexits.h>

static sfsistat accept_connect(SMFICTX *ctx, char *hostname, _SOCK_ADDR *addr)
{
	(void)ctx;
	(void)hostname;
	(void)addr;
	return SMFIS_CONTINUE;
}

static sfsistat accept_arguments(SMFICTX *ctx, char **args)
{
	(void)ctx;
	(void)args;
	return SMFIS_CONTINUE;
}

static sfsistat accept_close(SMFICTX *ctx)
{
	(void)ctx;
	return SMFIS_CONTINUE;
}

int main(int argc, char *argv[])
{
	static char name[] = "null-milter";
	const struct smfiDesc description = {
		.xxfi_name = name,
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = SMFIF_SETSYMLIST,
		.xxfi_connect = accept_connect,
		.xxfi_envfrom = accept_arguments,
		.xxfi_envrcpt = accept_arguments,
		.xxfi_close = accept_close,
		.xxfi_negotiate = milter_negotiate,
	};

	if (argc != 2)
		errx(EX_USAGE, "usage: null-milter SOCKET");
	if (smfi_setconn(argv[1]) != MI_SUCCESS ||
	    smfi_register(description) != MI_SUCCESS)
		errx(EX_USAGE, "%s: libmilter can't listen there", argv[1]);
	return smfi_main() == MI_SUCCESS ? EX_OK : EX_UNAVAILABLE;
}
