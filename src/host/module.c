// SPDX-License-Identifier: MIT
/*
 * Driver images: ELF read from the file, and dlopen. The file is read whole
 * once; nothing in it is believed without a bounds check, since a newcomer
 * hands us anything.
 */
#include "host/module.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/host.h"

_Static_assert(HOST_ENOENT == ENOENT && HOST_EIO == EIO && HOST_ENOEXEC == ENOEXEC && HOST_ENOMEM == ENOMEM &&
		       HOST_EBUSY == EBUSY && HOST_EEXIST == EEXIST && HOST_EINVAL == EINVAL &&
		       HOST_ENOSYS == ENOSYS && HOST_EOPNOTSUPP == EOPNOTSUPP,
	       "module.h names the system's numbers");

#define MODULES_MAX 64

/* A file mapped for reading. */
struct image {
	const uint8_t *bytes;
	size_t size;
	dev_t dev;
	ino_t ino;
};

/*
 * Owner: see module.h. Immutable after host_module_open.
 */
struct host_module {
	void *handle; /* NULL: a part of the program */
	char *path;
	char name[64]; /* for people: the file's, without its last ending */
	uintptr_t load_address; /* what the file's addresses are relative to */
	uintptr_t dynamic;      /* its dynamic section, which lies in it */
	uintptr_t base;
	size_t size;
	struct image image; /* kept for names in reports */
};

/* Open images. Slots change by single atomic stores, and are read by fault
 * handlers, which find an image while it stays open. */
static struct host_module *open_modules[MODULES_MAX];

static bool remember(struct host_module *m)
{
	for (size_t i = 0; i < MODULES_MAX; i++) {
		struct host_module *none = NULL;

		if (__atomic_compare_exchange_n(&open_modules[i], &none, m, false, __ATOMIC_RELEASE,
						__ATOMIC_RELAXED))
			return true;
	}
	return false;
}

static void forget(struct host_module *m)
{
	for (size_t i = 0; i < MODULES_MAX; i++) {
		struct host_module *it = m;

		__atomic_compare_exchange_n(&open_modules[i], &it, NULL, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED);
	}
}

static bool is_open(const struct image *image)
{
	for (size_t i = 0; i < MODULES_MAX; i++) {
		struct host_module *m = __atomic_load_n(&open_modules[i], __ATOMIC_ACQUIRE);

		if (m && m->handle && m->image.dev == image->dev && m->image.ino == image->ino)
			return true;
	}
	return false;
}

static struct host_module *module_at(const void *pc)
{
	for (size_t i = 0; i < MODULES_MAX; i++) {
		struct host_module *m = __atomic_load_n(&open_modules[i], __ATOMIC_ACQUIRE);

		if (m && (uintptr_t)pc - m->base < m->size)
			return m;
	}
	return NULL;
}

static int image_open(const char *path, struct image *out)
{
	struct stat st;
	void *bytes;
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st))
		err = -errno;
	else if (!S_ISREG(st.st_mode) || st.st_size < (off_t)sizeof(Elf64_Ehdr))
		err = -ENOEXEC;
	if (err) {
		close(fd);
		return err;
	}
	bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	err = bytes == MAP_FAILED ? -errno : 0;
	close(fd);
	if (err)
		return err;
	*out = (struct image){.bytes = bytes, .size = (size_t)st.st_size, .dev = st.st_dev, .ino = st.st_ino};
	return 0;
}

static void image_close(struct image *image)
{
	if (image->size)
		munmap((void *)(uintptr_t)image->bytes, image->size);
}

static bool within(const struct image *image, uint64_t offset, uint64_t size)
{
	return offset <= image->size && size <= image->size - offset;
}

static const Elf64_Ehdr *image_header(const struct image *image)
{
	const Elf64_Ehdr *eh = (const Elf64_Ehdr *)image->bytes;

	if (!image->size || memcmp(eh->e_ident, ELFMAG, SELFMAG) || eh->e_ident[EI_CLASS] != ELFCLASS64 ||
	    eh->e_machine != EM_X86_64 || (eh->e_type != ET_DYN && eh->e_type != ET_EXEC) || eh->e_shentsize != sizeof(Elf64_Shdr) ||
	    eh->e_shoff % _Alignof(Elf64_Shdr) ||
	    !within(image, eh->e_shoff, (uint64_t)eh->e_shnum * sizeof(Elf64_Shdr)))
		return NULL;
	return eh;
}

/* A symbol table and its strings; count 0 when the image has none of that type. */
struct table {
	const Elf64_Sym *symbols;
	size_t count;
	const char *strings;
	size_t strings_size;
};

static struct table find_table(const struct image *image, uint32_t type)
{
	const Elf64_Ehdr *eh = image_header(image);
	const Elf64_Shdr *sections;
	struct table none = {0};

	if (!eh)
		return none;
	sections = (const Elf64_Shdr *)(image->bytes + eh->e_shoff);
	for (size_t i = 0; i < eh->e_shnum; i++) {
		const Elf64_Shdr *s = &sections[i], *str;

		if (s->sh_type != type || s->sh_link >= eh->e_shnum || s->sh_entsize != sizeof(Elf64_Sym))
			continue;
		str = &sections[s->sh_link];
		if (s->sh_offset % _Alignof(Elf64_Sym) || !within(image, s->sh_offset, s->sh_size) ||
		    !within(image, str->sh_offset, str->sh_size) || !str->sh_size ||
		    image->bytes[str->sh_offset + str->sh_size - 1])
			continue;
		return (struct table){(const Elf64_Sym *)(image->bytes + s->sh_offset),
				      s->sh_size / sizeof(Elf64_Sym),
				      (const char *)image->bytes + str->sh_offset, str->sh_size};
	}
	return none;
}

static const char *symbol_name(const struct table *t, const Elf64_Sym *sym)
{
	return sym->st_name < t->strings_size ? t->strings + sym->st_name : "";
}

int host_module_symbols(const char *path, host_symbol_fn each, void *ctx)
{
	struct image image;
	struct table t;
	int err = image_open(path, &image);

	if (err)
		return err;
	if (!image_header(&image) || image_header(&image)->e_type != ET_DYN)
		err = -ENOEXEC;
	t = find_table(&image, SHT_DYNSYM);
	/* The first entry of every table is empty by definition. */
	for (size_t i = 1; !err && i < t.count; i++) {
		const Elf64_Sym *sym = &t.symbols[i];
		unsigned int bind = ELF64_ST_BIND(sym->st_info);
		const char *name = symbol_name(&t, sym);

		if (bind == STB_LOCAL || !*name)
			continue;
		each(ctx, name,
		     sym->st_shndx != SHN_UNDEF ? HOST_SYMBOL_DEFINED
		     : bind == STB_WEAK		? HOST_SYMBOL_OPTIONAL
						: HOST_SYMBOL_UNDEFINED);
	}
	image_close(&image);
	return err;
}

static int find_range(struct dl_phdr_info *info, size_t size, void *ctx)
{
	struct host_module *m = ctx;
	uintptr_t low = UINTPTR_MAX, high = 0;

	(void)size;
	if (info->dlpi_addr != m->load_address)
		return 0;
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const Elf64_Phdr *ph = &info->dlpi_phdr[i];
		uintptr_t start = info->dlpi_addr + ph->p_vaddr, end = start + ph->p_memsz;

		if (ph->p_type != PT_LOAD)
			continue;
		low = start < low ? start : low;
		high = end > high ? end : high;
	}
	/* Objects linked at an address of their own all have load address 0. */
	if (m->dynamic < low || m->dynamic >= high)
		return 0;
	m->base = low & ~(uintptr_t)4095;
	m->size = high - m->base;
	return 1;
}

static int load(struct host_module *m, char *why, size_t why_size)
{
	struct link_map *map;
	const char *words;

	m->handle = dlopen(m->path, RTLD_NOW | RTLD_LOCAL);
	if (!m->handle || dlinfo(m->handle, RTLD_DI_LINKMAP, &map)) {
		words = dlerror();
		snprintf(why, why_size, "%s", words ? words : "unknown reason");
		return -ENOEXEC;
	}
	m->load_address = map->l_addr;
	m->dynamic = (uintptr_t)map->l_ld;
	dl_iterate_phdr(find_range, m);
	return 0;
}

static void name_after_path(struct host_module *m)
{
	const char *name = strrchr(m->path, '/') + 1; /* the path is absolute */
	const char *dot = strrchr(name, '.');

	snprintf(m->name, sizeof(m->name), "%.*s", dot ? (int)(dot - name) : (int)strlen(name), name);
}

int host_module_open(const char *path, struct host_module **out, char *why, size_t why_size)
{
	struct host_module *m = host_alloc_zero(sizeof(*m));
	int err;

	if (why_size)
		why[0] = '\0';
	if (!m)
		return -ENOMEM;
	m->path = realpath(path, NULL);
	err = m->path ? image_open(m->path, &m->image) : -errno;
	if (err) {
		free(m->path);
		host_free(m);
		return err;
	}
	name_after_path(m);
	err = is_open(&m->image) ? -EEXIST : load(m, why, why_size);
	if (!err && !remember(m))
		err = -EBUSY;
	if (err) {
		host_module_close(m);
		return err;
	}
	*out = m;
	return 0;
}

/* Which file of the process holds m->base. */
static int find_file(struct dl_phdr_info *info, size_t size, void *ctx)
{
	struct host_module *m = ctx;

	(void)size;
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const Elf64_Phdr *ph = &info->dlpi_phdr[i];

		if (ph->p_type != PT_LOAD || m->base - (info->dlpi_addr + ph->p_vaddr) >= ph->p_memsz)
			continue;
		m->load_address = info->dlpi_addr;
		m->path = realpath(info->dlpi_name && *info->dlpi_name ? info->dlpi_name : "/proc/self/exe", NULL);
		return 1;
	}
	return 0;
}

int host_module_adopt(const char *name, const void *code, size_t size, struct host_module **out)
{
	struct host_module *m = host_alloc_zero(sizeof(*m));
	int err = 0;

	if (!m)
		return -ENOMEM;
	snprintf(m->name, sizeof(m->name), "%s", name);
	m->base = (uintptr_t)code;
	m->size = size;
	dl_iterate_phdr(find_file, m);
	/* Without the file there are no names in reports; that is all. */
	if (m->path && image_open(m->path, &m->image))
		m->image = (struct image){0};
	if (!m->path)
		m->path = strdup("");
	err = !m->path ? -ENOMEM : remember(m) ? 0 : -EBUSY;
	if (err) {
		host_module_close(m);
		return err;
	}
	*out = m;
	return 0;
}

void *host_module_find(struct host_module *m, const char *name)
{
	return dlsym(m->handle, name);
}

void host_module_range(struct host_module *m, void **base, size_t *size)
{
	*base = (void *)m->base;
	*size = m->size;
}

const char *host_module_path(const struct host_module *m)
{
	return m->path;
}

void host_module_close(struct host_module *m)
{
	forget(m);
	if (m->handle)
		dlclose(m->handle);
	image_close(&m->image);
	free(m->path);
	host_free(m);
}

void host_module_abandon(struct host_module *m)
{
	/* It stays in open_modules: what still runs there may yet have to be reported. */
	(void)m;
}

static const char *function_at(const struct host_module *m, uint64_t at, uint64_t *offset)
{
	struct table t = find_table(&m->image, SHT_SYMTAB);

	if (!t.count)
		t = find_table(&m->image, SHT_DYNSYM);
	for (size_t i = 1; i < t.count; i++) {
		const Elf64_Sym *sym = &t.symbols[i];

		if (ELF64_ST_TYPE(sym->st_info) != STT_FUNC || sym->st_shndx == SHN_UNDEF || at < sym->st_value ||
		    at - sym->st_value >= sym->st_size)
			continue;
		*offset = at - sym->st_value;
		return symbol_name(&t, sym);
	}
	return NULL;
}

const char *host_module_at(const void *pc, uint64_t *offset)
{
	struct host_module *m = module_at(pc);

	if (!m)
		return NULL;
	*offset = (uintptr_t)pc - m->load_address;
	return m->path;
}

size_t host_module_describe(const void *pc, char *buf, size_t len)
{
	uint64_t at = 0, in_function = 0;
	struct host_module *m = module_at(pc);
	const char *function;
	int n;

	if (!m || !len)
		return 0;
	at = (uintptr_t)pc - m->load_address;
	function = function_at(m, at, &in_function);
	if (function)
		n = snprintf(buf, len, "%s+0x%llx (%s+0x%llx)", m->name, (unsigned long long)at, function,
			     (unsigned long long)in_function);
	else
		n = snprintf(buf, len, "%s+0x%llx", m->name, (unsigned long long)at);
	return n < 0 ? 0 : (size_t)n < len ? (size_t)n : len - 1;
}

void *host_process_symbol(const char *name)
{
	return dlsym(RTLD_DEFAULT, name);
}
