#include "milter-negotiate.h"

sfsistat milter_negotiate(SMFICTX *ctx, unsigned long actions,
			  unsigned long steps, unsigned long f2,
			  unsigned long f3, unsigned long *actions_r,
			  unsigned long *steps_r, unsigned long *f2_r,
			  unsigned long *f3_r)
{
	static const unsigned long wanted = SMFIP_NOHELO | SMFIP_NODATA |
					    SMFIP_NOHDRS | SMFIP_NOEOH |
					    SMFIP_NOBODY | SMFIP_NOUNKNOWN;
	/* const in spirit */
	static char macro_auth[] = "{auth_authen}";
	static char macro_mailer[] = "{rcpt_mailer}";

	(void)f2;
	(void)f3;
	*actions_r = 0;
	*steps_r = steps & wanted;
	*f2_r = 0;
	*f3_r = 0;
	if ((actions & SMFIF_SETSYMLIST) != 0) {
		*actions_r = SMFIF_SETSYMLIST;
		(void)smfi_setsymlist(ctx, SMFIM_ENVFROM, macro_auth);
		(void)smfi_setsymlist(ctx, SMFIM_ENVRCPT, macro_mailer);
	}
	return SMFIS_CONTINUE;
}
