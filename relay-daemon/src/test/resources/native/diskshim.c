/*
 * A disk that misbehaves, for tests: preloaded into a JVM, it sees every write, sync, truncation, renaming and deletion of files in one directory.
 *
 *   RELAY_SHIM_DIR    the directory; files whose name ends in -shm, .lock or .ballast are left alone
 *   RELAY_SHIM_MODE   record: append each operation to the log
 *                     kill:   SIGKILL in place of operation number RELAY_SHIM_AT, counted from 1; a write is half done first when RELAY_SHIM_TORN is set
 *                     fail:   operation number RELAY_SHIM_AT among those of kind RELAY_SHIM_OP (write, sync or read) answers EIO; all are logged without their data
 *   RELAY_SHIM_LOG    where to log. A record: op u32, name length u32, offset u64, data length u64, name, data
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OP_WRITE = 1, OP_SYNC = 2, OP_TRUNCATE = 3, OP_UNLINK = 4, OP_READ = 5, OP_FAILED = 6, OP_RENAME = 7 };
enum { MODE_OFF, MODE_RECORD, MODE_KILL, MODE_FAIL };
enum { MAX_FD = 4096, NAME_BYTES = 64 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char directory[4096];
static int mode = MODE_OFF, fail_op, torn, log_fd = -1;
static long at, count;
static signed char known[MAX_FD];
static char names[MAX_FD][NAME_BYTES];

__attribute__((constructor)) static void start(void) {
    const char *m = getenv("RELAY_SHIM_MODE"), *d = getenv("RELAY_SHIM_DIR"), *l = getenv("RELAY_SHIM_LOG");
    const char *n = getenv("RELAY_SHIM_AT"), *o = getenv("RELAY_SHIM_OP");
    if (!m || !d || !realpath(d, directory)) return;
    at = n ? atol(n) : 0;
    torn = getenv("RELAY_SHIM_TORN") != NULL;
    fail_op = !o ? 0 : !strcmp(o, "write") ? OP_WRITE : !strcmp(o, "sync") ? OP_SYNC : OP_READ;
    if (l) log_fd = syscall(SYS_openat, AT_FDCWD, l, O_WRONLY | O_CREAT | O_APPEND, 0600);
    mode = !strcmp(m, "record") ? MODE_RECORD : !strcmp(m, "kill") ? MODE_KILL : MODE_FAIL;
}

static int ends(const char *s, const char *tail) {
    size_t a = strlen(s), b = strlen(tail);
    return a >= b && !strcmp(s + a - b, tail);
}

/* The name within the directory, "." for itself, or NULL when the path is none of ours. */
static const char *ours(const char *path) {
    size_t n = strlen(directory);
    if (!strcmp(path, directory)) return ".";
    if (strncmp(path, directory, n) || path[n] != '/' || strchr(path + n + 1, '/')) return NULL;
    const char *name = path + n + 1;
    if (strlen(name) >= NAME_BYTES || ends(name, "-shm") || ends(name, ".lock") || ends(name, ".ballast")) return NULL;
    return name;
}

static const char *name_of(int fd) {
    if (mode == MODE_OFF || fd < 0 || fd >= MAX_FD || fd == log_fd) return NULL;
    if (!known[fd]) {
        char link[64], path[4096];
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t n = readlink(link, path, sizeof path - 1);
        const char *name = NULL;
        if (n > 0) {
            path[n] = 0;
            name = ours(path);
        }
        if (name) strcpy(names[fd], name);
        known[fd] = name ? 1 : -1;
    }
    return known[fd] > 0 ? names[fd] : NULL;
}

static void append(const void *data, size_t n) {
    const char *p = data;
    while (n > 0) {
        ssize_t done = syscall(SYS_write, log_fd, p, n);
        if (done <= 0) abort();
        p += done;
        n -= done;
    }
}

static void record(uint32_t op, const char *name, uint64_t offset, const void *data, uint64_t n) {
    if (log_fd < 0) return;
    uint32_t length = strlen(name);
    uint64_t bytes = mode == MODE_RECORD ? n : 0;
    append(&op, 4), append(&length, 4), append(&offset, 8), append(&bytes, 8), append(name, length);
    if (bytes) append(data, bytes);
}

/* Before the operation is done; the lock is held. True when it must fail. */
static int before(int op, int fd, const char *name, uint64_t offset, const void *data, uint64_t n) {
    if (mode == MODE_KILL && op != OP_READ && ++count == at) {
        if (op == OP_WRITE && torn) syscall(SYS_pwrite64, fd, data, n / 2, offset);
        kill(getpid(), SIGKILL);
        for (;;) pause();
    }
    if (mode == MODE_FAIL) {
        int fails = op == fail_op && ++count == at;
        record(fails ? OP_FAILED : op, name, offset, NULL, 0);
        return fails;
    }
    if (mode == MODE_RECORD && op != OP_READ) record(op, name, offset, data, n);
    return 0;
}

/* The whole of an operation is one step, so that the log has the order of the disk. */
#define GUARDED(op, fd, name, offset, data, n, call)                     \
    do {                                                                 \
        pthread_mutex_lock(&lock);                                       \
        int fails = before(op, fd, name, offset, data, n);               \
        long result = fails ? -1 : (call);                               \
        int error = fails ? EIO : errno;                                 \
        pthread_mutex_unlock(&lock);                                     \
        errno = error;                                                   \
        return result;                                                   \
    } while (0)

ssize_t write(int fd, const void *data, size_t n) {
    const char *name = name_of(fd);
    if (!name) return syscall(SYS_write, fd, data, n);
    GUARDED(OP_WRITE, fd, name, lseek(fd, 0, SEEK_CUR), data, n, syscall(SYS_write, fd, data, n));
}

ssize_t pwrite64(int fd, const void *data, size_t n, off64_t offset) {
    const char *name = name_of(fd);
    if (!name) return syscall(SYS_pwrite64, fd, data, n, offset);
    GUARDED(OP_WRITE, fd, name, offset, data, n, syscall(SYS_pwrite64, fd, data, n, offset));
}

ssize_t pwrite(int fd, const void *data, size_t n, off_t offset) {
    return pwrite64(fd, data, n, offset);
}

ssize_t pread64(int fd, void *data, size_t n, off64_t offset) {
    const char *name = mode == MODE_FAIL ? name_of(fd) : NULL;
    if (!name) return syscall(SYS_pread64, fd, data, n, offset);
    GUARDED(OP_READ, fd, name, offset, NULL, n, syscall(SYS_pread64, fd, data, n, offset));
}

ssize_t pread(int fd, void *data, size_t n, off_t offset) {
    return pread64(fd, data, n, offset);
}

int fsync(int fd) {
    const char *name = name_of(fd);
    if (!name) return syscall(SYS_fsync, fd);
    GUARDED(OP_SYNC, fd, name, 0, NULL, 0, syscall(SYS_fsync, fd));
}

int fdatasync(int fd) {
    const char *name = name_of(fd);
    if (!name) return syscall(SYS_fdatasync, fd);
    GUARDED(OP_SYNC, fd, name, 0, NULL, 0, syscall(SYS_fdatasync, fd));
}

int ftruncate64(int fd, off64_t length) {
    const char *name = name_of(fd);
    if (!name) return syscall(SYS_ftruncate, fd, length);
    GUARDED(OP_TRUNCATE, fd, name, length, NULL, 0, syscall(SYS_ftruncate, fd, length));
}

int ftruncate(int fd, off_t length) {
    return ftruncate64(fd, length);
}

int unlink(const char *path) {
    const char *name = mode == MODE_OFF ? NULL : ours(path);
    if (!name) return syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    GUARDED(OP_UNLINK, -1, name, 0, NULL, 0, syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}

/* The data of the record is the new name. */
int rename(const char *from, const char *to) {
    const char *name = mode == MODE_OFF ? NULL : ours(from), *target = name ? ours(to) : NULL;
    if (!target) return syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    memset(known, 0, sizeof known);
    GUARDED(OP_RENAME, -1, name, 0, target, strlen(target), syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}

int close(int fd) {
    if (fd >= 0 && fd < MAX_FD) known[fd] = 0;
    return syscall(SYS_close, fd);
}
