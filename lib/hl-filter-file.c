/* The filter's file: opened, made, put in its place. */

#include "hl-filter-private.h"

#include "hl-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define BOOT_FILE "/proc/sys/kernel/random/boot_id"
#define MODE	  0640
/* Bigger ones only forget how to say no. */
#define BLOCKS_MIN UINT64_C(1024)
#define BLOCKS_MAX (UINT64_C(1) << 24)

int hl_filter_path(const char *dir, const unsigned char origin[HL_ORIGIN_SIZE],
		   char *path_r, size_t path_r_size, struct hl_error *err)
{
	char hex[2 * HL_ORIGIN_SIZE + 1];

	sodium_bin2hex(hex, sizeof(hex), origin, HL_ORIGIN_SIZE);
	if (snprintf(path_r, path_r_size, "%s/%s.filter", dir, hex) >=
	    (int)path_r_size)
		return hl_error_set(err, HL_ERROR_CONFIG, "%s: path too long",
				    dir);
	return 0;
}

/* What was mapped when the machine crashed isn't whole. */
static bool read_boot(char boot_r[HL_FILTER_BOOT_SIZE])
{
	struct hl_error ignored;
	struct stat st;
	size_t size;

	memset(boot_r, 0, HL_FILTER_BOOT_SIZE);
	return hl_file_read(BOOT_FILE, "boot id", HL_ERROR_TEMP, boot_r,
			    HL_FILTER_BOOT_SIZE, &size, &st, &ignored) == 0 &&
	       size > 0;
}

static size_t map_size_of(uint64_t blocks)
{
	return HL_FILTER_HEADER_SIZE + blocks * (HL_FILTER_BLOCK_BITS / 8);
}

static bool map(struct hl_filter *filter, int fd, size_t size, bool write)
{
	void *memory =
		mmap(NULL, size, write ? PROT_READ | PROT_WRITE : PROT_READ,
		     MAP_SHARED, fd, 0);

	if (memory == MAP_FAILED)
		return false;
	filter->map_size = size;
	filter->header = memory;
	filter->words =
		(_Atomic uint64_t *)((char *)memory + HL_FILTER_HEADER_SIZE);
	return true;
}

/* Is it whole, and of this run of the machine? */
static bool is_sound(struct hl_filter *filter)
{
	const struct hl_filter_header *header = filter->header;
	char boot[HL_FILTER_BOOT_SIZE];
	uint64_t blocks = header->blocks;

	if (memcmp(header->magic, HL_FILTER_MAGIC, HL_FILTER_MAGIC_SIZE) != 0 ||
	    blocks < BLOCKS_MIN || blocks > BLOCKS_MAX ||
	    (blocks & (blocks - 1)) != 0 ||
	    map_size_of(blocks) != filter->map_size)
		return false;
	filter->blocks = blocks;
	return read_boot(boot) && memcmp(header->boot, boot, sizeof(boot)) == 0;
}

static bool is_trusted(const struct stat *st, uid_t owner)
{
	return S_ISREG(st->st_mode) && (st->st_mode & 022) == 0 &&
	       (st->st_uid == 0 || st->st_uid == owner ||
		st->st_uid == geteuid());
}

static struct hl_filter *filter_alloc(const char *path)
{
	struct hl_filter *filter = calloc(1, sizeof(*filter));

	if (filter == NULL)
		return NULL;
	filter->fd = -1;
	snprintf(filter->path, sizeof(filter->path), "%s", path);
	return filter;
}

/* The descriptor isn't kept: the mapping stands without it. */
static bool open_file(struct hl_filter *filter, uid_t owner, bool write)
{
	int fd = open(filter->path, (write ? O_RDWR : O_RDONLY) | O_CLOEXEC |
					    O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	bool ok;

	if (fd < 0)
		return false;
	ok = fstat(fd, &st) == 0 && is_trusted(&st, owner) &&
	     st.st_size >= (off_t)map_size_of(BLOCKS_MIN) &&
	     st.st_size <= (off_t)map_size_of(BLOCKS_MAX) &&
	     map(filter, fd, (size_t)st.st_size, write);
	close(fd);
	filter->dev = st.st_dev;
	filter->ino = st.st_ino;
	return ok;
}

struct hl_filter *hl_filter_open(const char *path, uid_t owner, bool write)
{
	struct hl_filter *filter = filter_alloc(path);

	if (filter != NULL &&
	    (!open_file(filter, owner, write) || !is_sound(filter) ||
	     atomic_load(&filter->header->retired) != 0))
		hl_filter_close(&filter);
	return filter;
}

void hl_filter_close(struct hl_filter **_filter)
{
	struct hl_filter *filter = *_filter;

	*_filter = NULL;
	if (filter == NULL)
		return;
	if (filter->header != NULL)
		munmap(filter->header, filter->map_size);
	if (filter->fd >= 0) {
		unlink(filter->new_path);
		close(filter->fd);
	}
	free(filter);
}

bool hl_filter_is_at(const struct hl_filter *filter, const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && st.st_dev == filter->dev &&
	       st.st_ino == filter->ino;
}

/* --- making one */

static uint64_t blocks_for(uint64_t keys)
{
	uint64_t blocks = BLOCKS_MIN;

	while (blocks < BLOCKS_MAX &&
	       blocks * (HL_FILTER_BLOCK_BITS / HL_FILTER_KEY_BITS) < keys)
		blocks *= 2;
	return blocks;
}

static int create_error(const struct hl_filter *filter, struct hl_error *err)
{
	return hl_error_set(err,
			    errno == EACCES || errno == EPERM
				    ? HL_ERROR_PERMISSION
				    : HL_ERROR_TEMP,
			    "filter %s: %s", filter->new_path, strerror(errno));
}

/* /run is empty when the machine starts. Whoever may look into the store's
   directory may look into this one. */
static void make_dir(const char *path, const char *owner_like)
{
	char dir[PATH_MAX], like[PATH_MAX];
	struct stat st;

	snprintf(dir, sizeof(dir), "%s", path);
	snprintf(like, sizeof(like), "%s", owner_like);
	*strrchr(dir, '/') = '\0';
	*strrchr(like, '/') = '\0';
	if (*dir == '\0' || stat(*like == '\0' ? "/" : like, &st) < 0 ||
	    mkdir(dir, 0700) < 0)
		return;
	if (chown(dir, st.st_uid, st.st_gid) == 0)
		(void)chmod(dir, st.st_mode & 02750);
}

/* One at a time makes one; what somebody left who died is removed. */
static int lock_new(struct hl_filter *filter, struct hl_error *err)
{
	struct stat st, at;
	int fd;

	fd = open(filter->new_path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0) {
		if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
			close(fd);
			return hl_error_set(err, HL_ERROR_TEMP,
					    "filter %s: is being made already",
					    filter->new_path);
		}
		/* unless it was published meanwhile */
		if (fstat(fd, &st) == 0 && stat(filter->new_path, &at) == 0 &&
		    st.st_ino == at.st_ino)
			unlink(filter->new_path);
		close(fd);
	}
	fd = open(filter->new_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
		  0600);
	if (fd < 0)
		return create_error(filter, err);
	filter->fd = fd;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 || fstat(fd, &st) < 0)
		return create_error(filter, err);
	filter->dev = st.st_dev;
	filter->ino = st.st_ino;
	return 0;
}

static int fill_new(struct hl_filter *filter, const char *owner_like,
		    struct hl_error *err)
{
	size_t size = map_size_of(filter->blocks);
	struct stat st, new;

	/* allocated: to touch a page that there is no space for kills */
	errno = posix_fallocate(filter->fd, 0, (off_t)size);
	if (errno != 0 || stat(owner_like, &st) < 0 ||
	    fstat(filter->fd, &new) < 0)
		return create_error(filter, err);
	/* who isn't root leaves the group to the directory */
	if ((st.st_uid != new.st_uid || st.st_gid != new.st_gid) &&
	    fchown(filter->fd, st.st_uid, st.st_gid) < 0)
		return create_error(filter, err);
	if (fchmod(filter->fd, MODE) < 0 ||
	    !map(filter, filter->fd, size, true))
		return create_error(filter, err);
	return 0;
}

static int fill_header(struct hl_filter *filter, struct hl_error *err)
{
	struct hl_filter_header *header = filter->header;

	memcpy(header->magic, HL_FILTER_MAGIC, HL_FILTER_MAGIC_SIZE);
	if (!read_boot(header->boot))
		return hl_error_set(err, HL_ERROR_TEMP,
				    "filter: can't read " BOOT_FILE);
	/* so that nobody can choose addresses that look as if they had moved */
	randombytes_buf(header->hash_key, sizeof(header->hash_key));
	header->blocks = filter->blocks;
	return 0;
}

int hl_filter_create(const char *path, uint64_t keys, const char *owner_like,
		     struct hl_filter **filter_r, struct hl_error *err)
{
	struct hl_filter *filter = filter_alloc(path);

	*filter_r = NULL;
	if (filter == NULL)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	make_dir(path, owner_like);
	filter->blocks = blocks_for(keys);
	if (snprintf(filter->new_path, sizeof(filter->new_path), "%s.new",
		     path) >= (int)sizeof(filter->new_path))
		hl_error_set(err, HL_ERROR_CONFIG, "%s: path too long", path);
	else if (lock_new(filter, err) == 0 &&
		 fill_new(filter, owner_like, err) == 0 &&
		 fill_header(filter, err) == 0)
		*filter_r = filter;
	if (*filter_r == NULL)
		hl_filter_close(&filter);
	return *filter_r == NULL ? -1 : 0;
}

int hl_filter_publish(struct hl_filter *filter,
		      const unsigned char root[HL_HASH_SIZE],
		      struct hl_error *err)
{
	hl_filter_set_root(filter, root);
	if (rename(filter->new_path, filter->path) < 0)
		return create_error(filter, err);
	close(filter->fd);
	filter->fd = -1;
	return 0;
}
