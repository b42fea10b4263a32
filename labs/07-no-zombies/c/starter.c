/*
 * Lab 07: SIG_IGN and SA_NOCLDWAIT: no zombies, and the price.
 *
 *     ./nozombies PORT HOW        for example 9877 ignore, or 9877 nocldwait
 *
 * A server whose children run commands, and tell how they ended: send it "7", and it answers "exited 7". Nobody waits for the
 * server's own children. The TODOs say what to do about them, and about what that does to the commands.
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

  /* TODO 1, where `how` is "ignore": SIGCHLD is ignored, and the kernel leaves no zombie. */
  /* TODO 2, where it is "nocldwait": SIGCHLD has its default action, with a flag for the same. */

  int listenfd = Listening(port);
  fprintf(stderr, "pid %d, SIGCHLD: %s\n", (int)getpid(), how);

  for (;;) {
    int connfd = Accept(listenfd); /* probably blocks */

    if (Fork() == 0) {
      Close(listenfd); /* child closes listening socket */
      /* TODO 3: when 1 and 2 are done, the answer is "waitpid error: No child processes". This process inherited something. */
      serve(connfd); /* process the requests */
      exit(0);       /* child terminates */
    }

    Close(connfd); /* parent closes connected socket */
  }
}
