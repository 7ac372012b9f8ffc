#ifndef FAULT_VFS_H
#define FAULT_VFS_H

#include <stdbool.h>

/* A shim around SQLite's default VFS that lets one of its writing calls fail.
   Counted are writes, fsyncs, truncations, deletions, the mapping of the
   shared memory and the opening of files that may be made thereby. */

enum fault_mode {
	/* call n fails, with the I/O error of its kind; what follows works */
	FAULT_FAIL,
	/* the same, but a write says that the disk is full */
	FAULT_FULL,
	/* a write writes its first half, then fails; other calls as FAIL */
	FAULT_TORN,
	/* as TORN, and from then on everything fails: a kill or a power cut
	   as far as the files see it */
	FAULT_CRASH
};

/* Makes the shim the default VFS, or no longer. */
void fault_vfs_install(void);
void fault_vfs_remove(void);
/* The nth counted call from now on (from 1) shows the fault; 0: none. */
void fault_vfs_arm(enum fault_mode mode, unsigned int n);
/* Has it shown since it was armed? */
bool fault_vfs_fired(void);

#endif
