// SPDX-License-Identifier: MIT
/*
 * Reading a whole file into memory, for the loader (module.h).
 */
#include "host/module.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/host.h"

static int read_all(int fd, char *data, size_t size)
{
	for (size_t at = 0; at < size;) {
		ssize_t n = read(fd, data + at, size - at);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			return -EIO; /* it became shorter meanwhile */
		at += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

int host_file_read(const char *path, size_t max, void **data, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	struct stat st;

	*data = NULL;
	*size = 0;
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st))
		err = -errno;
	else if (!S_ISREG(st.st_mode))
		err = -EINVAL;
	else if ((uint64_t)st.st_size > max)
		err = -EFBIG;
	if (!err) {
		*data = host_alloc((size_t)st.st_size + 1);
		*size = (size_t)st.st_size;
		err = *data ? read_all(fd, *data, *size) : -ENOMEM;
	}
	close(fd);
	if (err) {
		host_free(*data);
		*data = NULL;
	}
	return err;
}
