/* The child is this program anew, and posix_spawn puts SIGCHLD back for it: an ignored signal stays ignored through exec. */
#define _GNU_SOURCE
#include <spawn.h>
#include "unp.h"

static int serve(void) {
  setlinebuf(stdout);
  for (int status; scanf("%d", &status) == 1;) {
    pid_t pid = Fork();
    if (pid == 0) _exit(status);
    siginfo_t info;
    if (waitid(P_PID, (id_t)pid, &info, WEXITED) < 0) printf("%s\n", strerror(errno));
    else printf("%s %d\n", info.si_code == CLD_EXITED ? "exited" : "killed by", info.si_status);
  }
  return 0;
}

int main(int argc, char **argv) {
  if (argc < 3) return serve();
  Sigaction(SIGCHLD, &(struct sigaction){.sa_handler = argv[2][0] == 'i' ? SIG_IGN : SIG_DFL, .sa_flags = SA_NOCLDWAIT});
  int listenfd = Listening(atoi(argv[1]));
  posix_spawnattr_t attributes;
  sigset_t chld;
  sigemptyset(&chld);
  sigaddset(&chld, SIGCHLD);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigdefault(&attributes, &chld);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  for (;;) {
    int connfd = Accept(listenfd);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addclose(&actions, listenfd);
    posix_spawn_file_actions_adddup2(&actions, connfd, 0);
    posix_spawn_file_actions_adddup2(&actions, connfd, 1);
    posix_spawn_file_actions_addclose(&actions, connfd);
    errno = posix_spawn(NULL, "/proc/self/exe", &actions, &attributes, (char *[]){argv[0], NULL}, environ);
    if (errno != 0) err_sys("posix_spawn error");
    posix_spawn_file_actions_destroy(&actions);
    Close(connfd);
  }
}
