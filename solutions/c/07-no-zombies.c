/*
 * Lab 07, a solution: the kernel throws the statuses away, for the server, and not for those who want them.
 *
 *     ./nozombies PORT HOW        HOW: ignore or nocldwait
 */
#include "unp.h"

/* Runs a child that exits with this status, and tells the client how it ended. */
static void run_and_wait(int connfd, int status) {
  pid_t pid = Fork();
  if (pid == 0) exit(status);

  char answer[MAXLINE];
  int how;
  if (waitpid(pid, &how, 0) < 0) snprintf(answer, sizeof answer, "waitpid error: %s\n", strerror(errno));
  else if (WIFEXITED(how)) snprintf(answer, sizeof answer, "exited %d\n", WEXITSTATUS(how));
  else snprintf(answer, sizeof answer, "killed by signal %d\n", WTERMSIG(how));
  Writen(connfd, answer, strlen(answer));
}

/* For each line with a number: how a child that exits with it ended. */
static void serve(int connfd) {
  char line[MAXLINE];
  while (Readline(connfd, line, sizeof line) > 0) run_and_wait(connfd, atoi(line));
}

int main(int argc, char **argv) {
  int port = argc > 1 ? atoi(argv[1]) : SERV_PORT;
  const char *how = argc > 2 ? argv[2] : "ignore";

  struct sigaction action = {.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT};
  if (strcmp(how, "ignore") == 0) action = (struct sigaction){.sa_handler = SIG_IGN};
  Sigaction(SIGCHLD, &action);

  int listenfd = Listening(port);
  fprintf(stderr, "pid %d, SIGCHLD: %s\n", (int)getpid(), how);

  for (;;) {
    int connfd = Accept(listenfd); /* probably blocks */

    if (Fork() == 0) {
      Close(listenfd); /* child closes listening socket */
      /* inherited from the server; this process waits for its children */
      Sigaction(SIGCHLD, &(struct sigaction){.sa_handler = SIG_DFL});
      serve(connfd); /* process the requests */
      exit(0);       /* child terminates */
    }

    Close(connfd); /* parent closes connected socket */
  }
}
