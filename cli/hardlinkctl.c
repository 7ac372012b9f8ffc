/* hardlinkctl: hard-links for administrators. */

#include "commands.h"

int main(int argc, char **argv)
{
	return cli_main(&hardlinkctl_program, argc, argv);
}
