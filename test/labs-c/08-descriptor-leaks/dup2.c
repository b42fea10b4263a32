/* In the child the connection takes the place of the listening socket, which dup2 closes; the server uses one number for all clients. */
#include "unp.h"

int main(int argc, char **argv) {
  int listenfd = Listening(argc > 1 ? atoi(argv[1]) : SERV_PORT);
  Signal(SIGCHLD, SIG_IGN);
  for (;;) {
    int connfd = accept(listenfd, NULL, NULL);
    if (connfd < 0) continue;
    pid_t pid = fork();
    if (pid == 0) {
      dup2(connfd, listenfd);
      Close(connfd);
      str_echo(listenfd);
      return 0;
    }
    if (close(connfd) < 0 || pid < 0) err_sys("fork error");
  }
}
