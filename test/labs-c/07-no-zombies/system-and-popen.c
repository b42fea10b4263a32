/* The commands are run by those whom the README warns of, system(3) and popen(3). The server is in ppoll, with SIGCHLD blocked. */
#define _GNU_SOURCE
#include "unp.h"

static int by_system(const char *command) { return system(command); }
static int by_popen(const char *command) { return pclose(popen(command, "r")); }

static void serve(int connfd) {
  FILE *client = fdopen(connfd, "r+");
  for (char line[MAXLINE]; fgets(line, sizeof line, client) != NULL;) {
    char command[MAXLINE + 8];
    snprintf(command, sizeof command, "exit %s", line);
    int how = (atoi(line) % 2 == 0 ? by_system : by_popen)(command);
    if (how < 0) fprintf(client, "%s\n", strerror(errno));
    else fprintf(client, "exited %d\n", WEXITSTATUS(how));
    fflush(client);
  }
}

int main(int argc, char **argv) {
  if (argc != 3) err_quit("PORT HOW");
  struct pollfd one = {.fd = Listening(atoi(argv[1])), .events = POLLIN};
  sigset_t chld, before;
  sigemptyset(&chld);
  sigaddset(&chld, SIGCHLD);
  sigprocmask(SIG_BLOCK, &chld, &before);
  if (strcmp(argv[2], "nocldwait") == 0) sigaction(SIGCHLD, &(struct sigaction){.sa_flags = SA_NOCLDWAIT}, NULL);
  else signal(SIGCHLD, SIG_IGN);
  while (ppoll(&one, 1, NULL, &before) == 1) {
    int connfd = Accept(one.fd);
    if (Fork() == 0) {
      signal(SIGCHLD, SIG_DFL);
      sigprocmask(SIG_SETMASK, &before, NULL);
      Close(one.fd);
      serve(connfd);
      return 0;
    }
    Close(connfd);
  }
  err_sys("ppoll error");
}
