// SPDX-License-Identifier: MIT
/*
 * A host program that uses a driver's device (drivers/store.c, named on the
 * command line): each kind of request, each refusal, and cancelling.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wskhost/wskhost.h>

#define CODE(number, method, access) (0x22u << 16 | (access) << 14 | (number) << 2 | (method))
#define REVERSE CODE(0x801u, 0u, 0u)
#define FILL CODE(0x802u, 2u, 0u)
#define WAIT CODE(0x803u, 0u, 0u)
#define CLEAR CODE(0x804u, 0u, 2u)
#define TOO_SMALL CODE(0x805u, 0u, 0u)

#define CHECK(condition)                                                            \
	do {                                                                        \
		if (!(condition)) {                                                 \
			fprintf(stderr, "line %d: %s\n", __LINE__, #condition);     \
			exit(1);                                                    \
		}                                                                   \
	} while (0)

static struct wskhost_device *open_it(unsigned int access)
{
	struct wskhost_device *device = NULL;
	uint32_t status = 0xeeeeeeee;

	CHECK(wskhost_device_open("\\\\.\\Store", access, &device, &status) == 0);
	CHECK(device && status == 0);
	return device;
}

static void check_names(void)
{
	static const char *const good[] = {"\\\\.\\store", "\\\\?\\Store", "\\Device\\Store", "\\DosDevices\\STORE"};
	struct wskhost_device *device;
	uint32_t status;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		CHECK(wskhost_device_open(good[i], 0, &device, NULL) == 0);
		wskhost_device_close(device);
	}
	device = (struct wskhost_device *)1;
	CHECK(wskhost_device_open("\\\\.\\Nobody", 3, &device, &status) == -ENOENT);
	CHECK(!device && !strcmp(wskhost_status_name(status), "STATUS_OBJECT_NAME_NOT_FOUND"));
	CHECK(wskhost_device_open("Store", 3, &device, &status) == -EINVAL);
	CHECK(wskhost_device_open("", 3, &device, &status) == -EINVAL);
	CHECK(wskhost_device_open("\\\\.\\Store", 4, &device, &status) == -EINVAL);
	wskhost_device_close(NULL);
}

static void check_control(void)
{
	struct wskhost_device *device = open_it(WSKHOST_DEVICE_READ);
	unsigned char out[8];
	size_t returned = 77;
	uint32_t status;

	memset(out, 0xee, sizeof(out));
	CHECK(wskhost_device_ioctl(device, REVERSE, "abc", 3, out, 8, &returned, -1, &status) == 0);
	CHECK(returned == 3 && status == 0 && !memcmp(out, "cba\xee", 4));
	memset(out, 0xee, sizeof(out));
	CHECK(wskhost_device_ioctl(device, REVERSE, "abc", 3, out, 2, &returned, -1, &status) == -EMSGSIZE);
	CHECK(returned == 2 && !memcmp(out, "cb\xee", 3));
	CHECK(!strcmp(wskhost_status_name(status), "STATUS_BUFFER_OVERFLOW"));
	CHECK(wskhost_device_ioctl(device, FILL, "x", 1, out, 8, &returned, 1000, &status) == 0);
	CHECK(returned == 8 && !memcmp(out, "xxxxxxxx", 8));
	CHECK(wskhost_device_ioctl(device, FILL, NULL, 0, out, 8, &returned, 1000, &status) == -EINVAL && !returned);
	CHECK(wskhost_device_ioctl(device, TOO_SMALL, NULL, 0, out, 8, NULL, -1, NULL) == -ENOBUFS);
	CHECK(wskhost_device_ioctl(device, 0x1234, NULL, 0, NULL, 0, NULL, -1, NULL) == -ENOTTY);
	CHECK(wskhost_device_ioctl(device, REVERSE, (void *)16, 3, out, 8, NULL, -1, NULL) == -EFAULT);
	CHECK(wskhost_device_ioctl(device, CLEAR, NULL, 0, NULL, 0, NULL, -1, &status) == -EACCES);
	wskhost_device_close(device);
}

static void check_transfer(void)
{
	struct wskhost_device *device = open_it(WSKHOST_DEVICE_READ | WSKHOST_DEVICE_WRITE), *reader = open_it(1);
	char back[16];
	size_t done = 77;
	uint32_t status;

	CHECK(wskhost_device_ioctl(device, CLEAR, NULL, 0, NULL, 0, NULL, -1, NULL) == 0);
	CHECK(wskhost_device_write(device, "hello", 5, 3, &done, -1, &status) == 0 && done == 5);
	memset(back, 0xee, sizeof(back));
	CHECK(wskhost_device_read(reader, back, 9, 0, &done, -1, &status) == 0 && done == 9);
	CHECK(!memcmp(back, "\0\0\0hello\0\xee", 10));
	CHECK(wskhost_device_read(reader, back, 9, 60, &done, -1, &status) == 0 && done == 4);
	CHECK(wskhost_device_read(reader, back, 9, 64, &done, -1, &status) == -EIO && done == 0);
	CHECK(!strcmp(wskhost_status_name(status), "STATUS_END_OF_FILE"));
	CHECK(wskhost_device_write(reader, "no", 2, 0, &done, -1, &status) == -EACCES && done == 0);
	wskhost_device_close(reader);
	wskhost_device_close(device);
}

static void *wait_for_ever(void *device)
{
	return (void *)(intptr_t)wskhost_device_ioctl(device, WAIT, NULL, 0, NULL, 0, NULL, -1, NULL);
}

static void check_waiting(struct wskhost_driver *driver)
{
	struct wskhost_device *device = open_it(0);
	pthread_t threads[4];
	uint32_t status;
	void *answer;

	CHECK(wskhost_device_ioctl(device, WAIT, NULL, 0, NULL, 0, NULL, 0, &status) == -ETIMEDOUT);
	CHECK(!strcmp(wskhost_status_name(status), "STATUS_CANCELLED"));
	CHECK(wskhost_device_ioctl(device, WAIT, NULL, 0, NULL, 0, NULL, 10, &status) == -ETIMEDOUT);
	CHECK(wskhost_unload(driver, NULL) == -EBUSY);
	/* Whether a thread waits already or asks later, it is refused. */
	for (int i = 0; i < 4; i++)
		CHECK(!pthread_create(&threads[i], NULL, wait_for_ever, device));
	wskhost_device_cancel(device);
	for (int i = 0; i < 4; i++) {
		CHECK(!pthread_join(threads[i], &answer));
		CHECK((intptr_t)answer == -ECANCELED);
	}
	wskhost_device_close(device);
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	CHECK(file && fputs(text, file) >= 0 && !fclose(file));
}

static void check_registry_option(void)
{
	struct wskhost_options options = {.size = sizeof(options), .processors = 1, .registry = "nowhere.reg"};

	CHECK(wskhost_load_registry("good.reg") == -EINVAL);
	CHECK(wskhost_start(&options) == -EINVAL);
	write_file("good.reg", "REGEDIT4\n[HKEY_LOCAL_MACHINE\\Software\\x]\n\"a\"=dword:1\n");
	write_file("bad.reg", "REGEDIT4\nnonsense\n");
	options.registry = "bad.reg";
	CHECK(wskhost_start(&options) == -EINVAL);
	options.registry = "good.reg";
	CHECK(wskhost_start(&options) == 0);
	CHECK(wskhost_load_registry("good.reg") == 0);
	CHECK(wskhost_load_registry("bad.reg") == -EINVAL);
	CHECK(wskhost_load_registry("nowhere.reg") == -ENOENT);
	CHECK(wskhost_stop() == 0);
}

int main(int argc, char **argv)
{
	struct wskhost_options options = {.size = sizeof(options), .processors = 2};
	struct wskhost_unload_report report;
	struct wskhost_device *device;
	struct wskhost_driver *driver;

	CHECK(argc == 2);
	check_registry_option();
	CHECK(wskhost_device_open("\\\\.\\Store", 0, &device, NULL) == -EINVAL);
	CHECK(wskhost_start(&options) == 0);
	CHECK(wskhost_device_open("\\\\.\\Store", 0, &device, NULL) == -ENOENT);
	CHECK(wskhost_load(argv[1], &driver) == 0);
	check_names();
	check_control();
	check_transfer();
	check_waiting(driver);
	CHECK(wskhost_unload(driver, &report) == 0 && report.leaks == 0);
	CHECK(wskhost_device_open("\\\\.\\Store", 0, &device, NULL) == -ENOENT);
	CHECK(wskhost_stop() == 0);
	return 0;
}
