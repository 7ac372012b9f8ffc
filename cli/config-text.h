#ifndef CONFIG_TEXT_H
#define CONFIG_TEXT_H

/* The commented configuration file that `init` writes. */

/* Every key with its meaning and default. dir NULL: all keys are comments;
   otherwise those that say where things lie point under dir. Allocated; NULL
   if out of memory. */
char *config_text(const char *dir);

#endif
