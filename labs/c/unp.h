/*
 * The wrappers of the book, in a file of our own: what a capital letter begins does the call of the same name, and ends the
 * program if that fails: "accept error: Too many open files" on standard error, status 1. UNP 1.4
 */
#ifndef UNP_H
#define UNP_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SERV_PORT 9877 /* where the servers of the book listen */
#define LISTENQ 1024   /* for listen(2) */
#define MAXLINE 4096   /* bytes of a buffer */

/* A handler of a signal: void sig_chld(int signo). */
typedef void Sigfunc(int);

/* Prints "MESSAGE: " with errno in words, and ends the program with status 1. */
void err_sys(const char *message) __attribute__((noreturn));
/* Prints MESSAGE, and ends the program with status 1. */
void err_quit(const char *message) __attribute__((noreturn));

/* A socket that listens on this port of 127.0.0.1; on any that is free, if it is 0. socket, bind, listen */
int Listening(int port);

int Accept(int listenfd);
void Close(int fd);
pid_t Fork(void);
int Poll(struct pollfd *fds, nfds_t count, int milliseconds);
/* As many bytes as came, 0 at the end of file. */
ssize_t Read(int fd, void *buffer, size_t size);
/* A line with its newline, and a 0 byte behind it; the bytes of the line, 0 at the end of file. UNP Figure 3.17 */
ssize_t Readline(int fd, char *line, size_t size);
void Setsockopt(int fd, int level, int name, const void *value, socklen_t size);
void Sigaction(int signo, const struct sigaction *action);
/* Installs a handler, which the signal leaves installed, with SA_RESTART: UNP Figure 5.6. */
void Signal(int signo, Sigfunc *handler);
pid_t Waitpid(pid_t pid, int *status, int options);
/* All of the bytes. UNP Figure 3.16 */
void Writen(int fd, const void *buffer, size_t size);

/* Reads from a client and writes it back, until the client has closed its end. UNP Figure 5.3 */
void str_echo(int connfd);

#endif
