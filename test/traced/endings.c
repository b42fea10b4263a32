/*
 * A process for each thing that a tracer tells in its own way, one after the other: a child that is killed, one that dumps core, one that
 * is stopped and goes on, a sleep that a signal comes into, a program that is started by vfork, a thread, signals that nest.
 *
 * Usage: endings
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void sig_usr2(int signo) { (void)signo; }

static void sig_usr1(int signo) {
  (void)signo;
  raise(SIGUSR2);
}

static void *thread(void *pipefd) {
  char byte;
  return read(*(int *)pipefd, &byte, 1) == 1 ? pipefd : NULL;
}

static pid_t child(void (*run)(void)) {
  pid_t pid = fork();
  if (pid != 0) return pid;
  run();
  _exit(3);
}

static void wait_for_ever(void) {
  for (;;) pause();
}

static void dump_core(void) { abort(); }

static void sleep_shortly(void) {
  struct timespec time = {.tv_nsec = 200000000};
  nanosleep(&time, NULL);
}

int main(void) {
  struct rlimit none = {0, 0};
  siginfo_t info;
  int status;
  int pipefd[2];
  pthread_t id;
  setrlimit(RLIMIT_CORE, &none);

  pid_t pid = child(wait_for_ever);
  kill(pid, SIGKILL);
  waitpid(pid, &status, 0);

  pid = child(dump_core);
  waitid(P_PID, pid, &info, WEXITED);

  pid = child(sleep_shortly);
  kill(pid, SIGSTOP);
  waitpid(pid, &status, WUNTRACED);
  kill(pid, SIGCONT);
  waitpid(pid, NULL, 0);

  pid = vfork();
  if (pid == 0) {
    execl("/bin/sh", "sh", "-c", "exit 5", (char *)NULL);
    _exit(127);
  }
  waitpid(pid, &status, 0);

  if (pipe(pipefd) == -1 || pthread_create(&id, NULL, thread, pipefd) != 0) return 1;
  if (write(pipefd[1], "x", 1) != 1) return 1;
  pthread_join(id, NULL);

  sigaction(SIGUSR1, &(struct sigaction){.sa_handler = sig_usr1}, NULL);
  sigaction(SIGUSR2, &(struct sigaction){.sa_handler = sig_usr2}, NULL);
  raise(SIGUSR1);
  raise(SIGTERM);
  return 0;
}
