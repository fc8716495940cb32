/* What this machine can do with two processes and a relaying third one between them, nothing promised.
   floor relay SOCKET                          forwards bytes between the first two peers, epoll, until killed
   floor echo SOCKET BYTES                     sends every frame back
   floor ping SOCKET BYTES WARM_UP_MS MS       prints p50 and p99 of the round trip in ns
   floor take SOCKET BYTES                     acks frames, one ack of 40 bytes per read
   floor flood SOCKET BYTES WINDOW MS          prints acked frames per second
   floor sync FILE BYTES ROWS MS               prints p50 in ns of appending ROWS rows and fdatasync */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define CHUNK (256 << 10)
#define ACK 40
#define MAX_SAMPLES 4000000

static long long now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void die(const char *what) {
  perror(what);
  exit(1);
}

static struct sockaddr_un address(const char *path) {
  struct sockaddr_un a;
  memset(&a, 0, sizeof a);
  a.sun_family = AF_UNIX;
  strncpy(a.sun_path, path, sizeof a.sun_path - 1);
  return a;
}

static int dial(const char *path) {
  struct sockaddr_un a = address(path);
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (connect(fd, (struct sockaddr *)&a, sizeof a)) die("connect");
  return fd;
}

static void write_all(int fd, const char *b, long n) {
  while (n > 0) {
    long w = write(fd, b, n);
    if (w < 0) die("write");
    b += w;
    n -= w;
  }
}

static void read_all(int fd, char *b, long n) {
  while (n > 0) {
    long r = read(fd, b, n);
    if (r <= 0) exit(0);
    b += r;
    n -= r;
  }
}

static void relay(const char *path) {
  struct sockaddr_un a = address(path);
  static char buffer[CHUNK];
  int peers[2], epoll = epoll_create1(0), server = socket(AF_UNIX, SOCK_STREAM, 0);
  if (bind(server, (struct sockaddr *)&a, sizeof a) || listen(server, 8)) die("listen");
  printf("ready\n");
  fflush(stdout);
  for (int i = 0; i < 2; i++) {
    peers[i] = accept(server, 0, 0);
    struct epoll_event e = {.events = EPOLLIN, .data.u32 = i};
    epoll_ctl(epoll, EPOLL_CTL_ADD, peers[i], &e);
  }
  for (;;) {
    struct epoll_event events[2];
    int n = epoll_wait(epoll, events, 2, -1);
    for (int i = 0; i < n; i++) {
      int from = events[i].data.u32;
      long r = read(peers[from], buffer, CHUNK);
      if (r <= 0) exit(0);
      write_all(peers[1 - from], buffer, r);
    }
  }
}

static int ascending(const void *a, const void *b) {
  long long x = *(const long long *)a, y = *(const long long *)b;
  return x < y ? -1 : x > y;
}

static void percentiles(long long *samples, long n) {
  qsort(samples, n, sizeof *samples, ascending);
  printf("{\"count\":%ld,\"p50_ns\":%lld,\"p99_ns\":%lld}\n", n, samples[n / 2], samples[n * 99 / 100]);
}

static void ping(int fd, long bytes, long warm_up_ms, long ms) {
  char *frame = calloc(1, bytes);
  long long *samples = malloc(MAX_SAMPLES * sizeof *samples), start = now_ns(), at = start;
  long n = 0;
  while (n < MAX_SAMPLES && at < start + (warm_up_ms + ms) * 1000000LL) {
    write_all(fd, frame, bytes);
    read_all(fd, frame, bytes);
    long long end = now_ns();
    if (at > start + warm_up_ms * 1000000LL) samples[n++] = end - at;
    at = end;
  }
  percentiles(samples, n);
}

static void echo(int fd, long bytes) {
  char *frame = malloc(bytes);
  for (;;) {
    read_all(fd, frame, bytes);
    write_all(fd, frame, bytes);
  }
}

static void take(int fd, long bytes) {
  static char buffer[CHUNK], ack[ACK];
  long long got = 0, acked = 0;
  for (;;) {
    long r = read(fd, buffer, CHUNK);
    if (r <= 0) exit(0);
    got += r;
    long long count = got / bytes;
    if (count > acked) {
      memcpy(ack, &count, sizeof count);
      write_all(fd, ack, ACK);
      acked = count;
    }
  }
}

static void flood(int fd, long bytes, long window, long ms) {
  static char acks[CHUNK];
  long long sent = 0, acked = 0, start = now_ns();
  long held = 0, burst = bytes < CHUNK ? CHUNK / bytes : 1;
  long least = window / 4 < burst ? window / 4 + 1 : burst;
  char *buffer = calloc(burst, bytes);
  while (now_ns() < start + ms * 1000000LL) {
    long room = acked + window - sent;
    if (room > burst) room = burst;
    if (room >= least) {
      write_all(fd, buffer, room * bytes);
      sent += room;
    }
    long r = recv(fd, acks + held, CHUNK - held, room >= least ? MSG_DONTWAIT : 0);
    if (r < 0 && errno == EAGAIN) continue;
    if (r <= 0) exit(1);
    held += r;
    if (held >= ACK) memcpy(&acked, acks + (held / ACK - 1) * ACK, sizeof acked);
    memmove(acks, acks + held / ACK * ACK, held % ACK);
    held %= ACK;
  }
  printf("{\"per_second\":%lld}\n", acked * 1000000000LL / (now_ns() - start));
}

static void sync_rows(const char *path, long bytes, long rows, long ms) {
  int fd = open(path, O_CREAT | O_WRONLY | O_APPEND, 0600);
  char *row = calloc(rows, bytes);
  long long *samples = malloc(MAX_SAMPLES * sizeof *samples), start = now_ns(), at = start;
  long n = 0;
  if (fd < 0) die("open");
  while (at < start + ms * 1000000LL) {
    write_all(fd, row, rows * bytes);
    if (fdatasync(fd)) die("fdatasync");
    long long end = now_ns();
    samples[n++] = end - at;
    at = end;
  }
  percentiles(samples, n);
}

int main(int argc, char **argv) {
  signal(SIGPIPE, SIG_IGN);
  if (argc < 3) return 2;
  const char *role = argv[1];
  long bytes = argc > 3 ? atol(argv[3]) : 0, third = argc > 4 ? atol(argv[4]) : 0, fourth = argc > 5 ? atol(argv[5]) : 0;
  if (!strcmp(role, "relay")) relay(argv[2]);
  else if (!strcmp(role, "sync")) sync_rows(argv[2], bytes, third, fourth);
  else if (!strcmp(role, "echo")) { int fd = dial(argv[2]); printf("ready\n"); fflush(stdout); echo(fd, bytes); }
  else if (!strcmp(role, "take")) { int fd = dial(argv[2]); printf("ready\n"); fflush(stdout); take(fd, bytes); }
  else if (!strcmp(role, "ping")) ping(dial(argv[2]), bytes, third, fourth);
  else if (!strcmp(role, "flood")) flood(dial(argv[2]), bytes, third, fourth);
  else return 2;
  return 0;
}
