/*
 * Runs a program to which the kernel refuses a system call, as a container's seccomp profile does. seccomp(2)
 *
 * Run:    refusing EPERM pidfd_open -- program [argument]...
 *         refusing EPERM mprotect 2=4 -- program [argument]...      where its third argument has one of these bits
 */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
  const char *name;
  unsigned number;
} CALLS[] = {{"mprotect", SYS_mprotect}, {"pidfd_open", SYS_pidfd_open}};

static const struct {
  const char *name;
  unsigned number;
} ERRORS[] = {{"EACCES", EACCES}, {"ENOSYS", ENOSYS}, {"EPERM", EPERM}};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int die(const char *what) {
  perror(what);
  return 125;
}

/* The call, one of several conditions for each pair of instructions, and the two answers. */
#define MOST 16

int main(int argc, char **argv) {
  if (argc < 5) return fputs("usage: refusing ERROR CALL [ARGUMENT=BITS]... -- program [argument]...\n", stderr), 2;
  unsigned call = 0, error = 0;
  for (size_t i = 0; i < COUNT(ERRORS); ++i)
    if (strcmp(ERRORS[i].name, argv[1]) == 0) error = ERRORS[i].number;
  for (size_t i = 0; i < COUNT(CALLS); ++i)
    if (strcmp(CALLS[i].name, argv[2]) == 0) call = CALLS[i].number;
  if (call == 0 || error == 0) return fputs("refusing: no such call, or no such error\n", stderr), 2;

  int at = 3;
  unsigned char conditions = 0;
  while (at + conditions < argc && strcmp(argv[at + conditions], "--") != 0) ++conditions;
  if (2 * conditions + 4 > MOST) return fputs("refusing: too many conditions\n", stderr), 2;

  struct sock_filter filter[MOST] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, (unsigned char)(2 * conditions + 1)),
  };
  unsigned short length = 2;
  for (unsigned char left = conditions; left > 0; --left, ++at) {
    char *bits = NULL;
    const unsigned argument = (unsigned)strtoul(argv[at], &bits, 0);
    const unsigned offset = (unsigned)offsetof(struct seccomp_data, args) + 8 * argument;
    filter[length++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset);
    const unsigned mask = (unsigned)strtoul(bits + (*bits == '='), NULL, 0);
    filter[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, mask, 0, (unsigned char)(2 * left - 1));
  }
  filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error);
  filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);

  const struct sock_fprog program = {length, filter};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return die("PR_SET_NO_NEW_PRIVS");
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) return die("PR_SET_SECCOMP");
  if (at + 1 >= argc) return fputs("refusing: which program?\n", stderr), 2;
  execvp(argv[at + 1], argv + at + 1);
  return die(argv[at + 1]);
}
