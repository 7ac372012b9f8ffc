#ifndef EDGE_NOTIFY_H
#define EDGE_NOTIFY_H

/* Tells systemd (sd_notify(3)) something such as "READY=1"; without systemd,
   nobody. */
void edge_notify(const char *text);

#endif
